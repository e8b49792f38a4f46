import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { aliases, aliasPattern } from '../../src/proxy/traefik/headers.ts'
import { parseVersion } from '../../src/syntax/version.ts'
import { app, optionsWith, type Said, tableOf } from './builder.ts'
import { render, renderEntryPoint } from './text.ts'

const GOLDEN = `${import.meta.dirname}/golden/entry-point`
const cases = globSync('*.txt', { cwd: GOLDEN }).toSorted()

interface Golden {
  readonly options?: Parameters<typeof optionsWith>[0]
  readonly tokenHeader?: string
  readonly version?: string
  readonly apps: readonly Said[]
}

test.for(cases)('the file for golden/entry-point/%s is the one beside it', async (name) => {
  const said = parse(readFileSync(`${GOLDEN}/${name}`, 'utf8')) as Golden
  const { tokenHeader, version = '3.7.13' } = said
  const options = { ...optionsWith(said.options), tokenHeader, version: parseVersion(version) }
  const text = renderEntryPoint(tableOf(...said.apps.map(app)), options)
  expect(text).not.toContain('{{')
  await expect(text).toMatchFileSnapshot(`${GOLDEN}/${name.replace('.txt', '.yml')}`)
})

test('apps that come and go do not change it while their headers are known', () => {
  const one = renderEntryPoint(tableOf(app()), optionsWith())
  expect(renderEntryPoint(tableOf(), optionsWith())).toBe(one)
  expect(renderEntryPoint(tableOf(app({ id: 'b', path: '/x' }), app({ id: 'a' })), optionsWith())).toBe(one)
})

test('every other spelling of a header is meant by its pattern, in any case, and no other header', () => {
  const names = ['Remote-User', 'X-Auth-Request-Email']
  // Go's `(?i)` in JavaScript
  const pattern = new RegExp(aliasPattern(names).slice('(?i)'.length), 'i')
  for (const name of [...aliases(names), ...names]) {
    expect(name).toMatch(pattern)
    expect(name.toUpperCase()).toMatch(pattern)
  }
  for (const name of ['RemoteUser', 'Remote-Users', 'X-Remote-User', 'Remote--User', 'Remote0User', 'X-Auth-Request'])
    expect(name).not.toMatch(pattern)
})

test('routes are written anew without a limit for a Traefik that knows none', () => {
  const table = tableOf(app())
  const newest = render(table, optionsWith())
  expect(newest).toContain('"maxResponseBodySize":16384,')
  const old = render(table, { ...optionsWith(), version: { major: 3, minor: 6, patch: 8 } })
  expect(old).toBe(newest.replaceAll('"maxResponseBodySize":16384,', ''))
  expect(render(table, optionsWith())).toBe(newest)
})
