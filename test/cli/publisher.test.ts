import { expect, test } from 'vitest'
import { Held } from '../../src/config/current.ts'
import { Publisher, type PublisherOptions } from '../../src/cli/publisher.ts'
import type { Version } from '../../src/syntax/version.ts'
import { settings } from '../config/load-helper.ts'
import { app, tableOf } from '../proxy/builder.ts'

function publisher(options: Partial<PublisherOptions> = {}) {
  const faults: unknown[] = []
  const common = {
    internalUrl: 'http://labelgate:4180',
    config: new Held(settings({})),
    proxyKey: 'k'.repeat(43),
    mode: 'routes' as const,
    version: () => undefined,
    published: () => expect.fail('there is no file'),
    fault: (error: unknown) => void faults.push(error),
  }
  return { it: new Publisher(undefined, { ...common, ...options }), faults }
}

test('without a file it holds what was published last, and nothing before that', () => {
  const { it } = publisher()
  expect(it.text).toBeUndefined()
  it.again()
  expect(it.text).toBeUndefined()
  it.publish(tableOf(app({ id: 'one' })))
  const one = it.text
  expect(one).toContain('Host(`one.example.com`)')
  it.publish(tableOf(app({ id: 'two' })))
  expect(it.text).toContain('Host(`two.example.com`)')
  it.publish(tableOf(app({ id: 'one' })))
  expect(it.text).toBe(one)
})

test('what must not be written leaves what was there', () => {
  const { it, faults } = publisher()
  it.publish(tableOf(app()))
  const before = it.text
  it.publish(tableOf(app({ hosts: ['x`'] })))
  expect(it.text).toBe(before)
  expect(faults).toHaveLength(1)
})

test('once it is known which Traefik reads it, the last table is said again in its words', () => {
  const world: { version?: Version } = {}
  for (const mode of ['routes', 'entrypoint'] as const) {
    delete world.version
    const { it } = publisher({ mode, version: () => world.version })
    it.publish(tableOf(app()))
    expect(it.text).toContain('maxResponseBodySize')
    world.version = { major: 3, minor: 5, patch: 0 }
    it.again()
    expect(it.text).not.toContain('maxResponseBodySize')
  }
})
