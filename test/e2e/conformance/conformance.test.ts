import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../parts.ts'
import { sendRaw } from '../doors/wire.ts'
import type { EchoApp } from './apps.ts'
import { DIFFERENCES, expectedOf } from './differences.ts'
import { everyKind } from './every-kind.ts'
import { ODD_ROWS } from './odd-rows.ts'
import { outcome } from './outcome.ts'
import { bytesOf, ROWS as TABLE, type Row } from './rows.ts'
import { VECTORS } from './vectors.ts'
import { openWorld, PROXIES, type ProxyName, type World } from './world.ts'

const ROWS = [...TABLE, ...VECTORS, ...ODD_ROWS]
const running = new AsyncDisposableStack()
let apps: EchoApp[]
let world: World

async function ask(proxy: ProxyName, row: Row): Promise<string> {
  for (const { received } of apps) received.length = 0
  const answer = await sendRaw(world.ports.get(proxy) ?? 0, await bytesOf(row, world))
  return outcome(
    row,
    answer,
    apps.flatMap(({ received }) => received),
  )
}

test('no difference is of a row that is not there, nor says what all say', () => {
  for (const { rows } of DIFFERENCES) {
    for (const [name, outcome] of Object.entries(rows)) {
      const row = ROWS.find((row) => row.name === name)
      expect(row?.expected, name).toBeDefined()
      expect(row?.expected, name).not.toBe(outcome)
    }
  }
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
})

const ALICE = 'alice/users'

test('no difference makes somebody of anybody', () => {
  const who = (outcome = '') => / as ([^,]+)/.exec(outcome)?.[1] ?? 'nobody'
  // whose body was too large could have passed with a smaller one
  const expected = new Map(ROWS.map(({ name, expected }) => [name, /^41[13]$/.test(expected) ? ALICE : who(expected)]))
  const others = DIFFERENCES.flatMap(({ rows }) =>
    Object.entries(rows).filter(([name, outcome]) => !['nobody', expected.get(name)].includes(who(outcome))),
  )
  expect(others).toEqual([])
})

describeWith(['traefik', 'nginx', 'caddy', 'envoy', 'haproxy'], 'every proxy gives the same answers', () => {
  beforeAll(async () => {
    apps = await everyKind(running)
    world = running.use(await openWorld(apps, PROXIES))
  }, 60_000)
  afterAll(() => running.disposeAsync())

  describe.for(PROXIES)('%s', (proxy) => {
    test.for(ROWS.map((row) => [row.name, row] as const))('%s', async ([, row]) => {
      expect(await ask(proxy, row)).toBe(expectedOf(proxy, row))
    })

    test.for([
      '/login?rd="><svg/onload=alert(1)>',
      '/login?error=<script>alert(1)</script>',
      '/callback/idp?error=x&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E&state=s',
    ])('C-22 the portal repeats nothing of %s', async (target) => {
      const head = `GET ${target} HTTP/1.1\r\nHost: auth.example.com\r\nAccept: text/html\r\n\r\n`
      const { status, body, headers } = await sendRaw(world.ports.get(proxy) ?? 0, head)
      expect(status).toBeGreaterThan(0)
      expect(body).not.toMatch(/onload|onerror|alert\(/i)
      if (body.includes('<html')) expect(headers.get('content-security-policy')?.[0]).toContain("default-src 'none'")
    })
  })
})
