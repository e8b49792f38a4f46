/** The same by HTTP/2 over TLS, and what HTTP/2 alone can say. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../parts.ts'
import { type Certificate, makeCertificate } from '../certificate.ts'
import { sendSecond } from '../doors/second.ts'
import type { EchoApp } from './apps.ts'
import { everyKind } from './every-kind.ts'
import { outcome } from './outcome.ts'
import { SECOND_DIFFERENCES, secondExpectedOf } from './second-differences.ts'
import { MALFORMED, REFUSED, requestOf, SECOND_ROWS, type SecondRow } from './second-rows.ts'
import { openWorld, PROXIES, type ProxyName, type World } from './world.ts'

const running = new AsyncDisposableStack()
let apps: EchoApp[]
let world: World
let certificate: Certificate

let asked = 0
async function ask(proxy: ProxyName, row: SecondRow): Promise<string> {
  // one name for all: browsers keep one connection to every host that the certificate is for
  const peer = { port: world.ports.get(proxy) ?? 0, ca: certificate.certificate, servername: 'app.example.com' }
  const request = await requestOf(row, world)
  // several are asked at a time
  const mark = String(++asked)
  const answer = await sendSecond(peer, { ...request, fields: [...request.fields, ['x-mark', mark]] })
  const received = apps.flatMap(({ received }) =>
    received.filter(({ lines }) => lines.some(([name, value]) => name.toLowerCase() === 'x-mark' && value === mark)),
  )
  return outcome({ ...row, scheme: 'https' }, answer, received)
}

/** In the words of what was expected: HTTP/2 may end a stream where HTTP/1.1 says 400. */
function told(said: string, expected: string): string {
  if ((expected === MALFORMED || expected === '400') && (said === '0' || said === '400')) return expected
  return expected === REFUSED && /^(?:0|[45]\d\d)$/.test(said) ? REFUSED : said
}

test('no difference by HTTP/2 is of a row that is not there, or makes somebody of anybody', () => {
  for (const { rows } of SECOND_DIFFERENCES) {
    for (const [name, outcome] of Object.entries(rows)) {
      const row = SECOND_ROWS.find((row) => row.name === name)
      expect(row?.expected, name).toBeDefined()
      expect(row?.expected, name).not.toBe(outcome)
      // alice is who shows her cookie
      if (outcome.includes(' as alice')) expect(JSON.stringify(row?.fields), name).toContain('$alice')
      expect(outcome).not.toMatch(/ as (?!alice|nobody)/)
    }
  }
  expect(new Set(SECOND_ROWS.map(({ name }) => name)).size).toBe(SECOND_ROWS.length)
})

describeWith(['traefik', 'nginx', 'caddy', 'envoy', 'haproxy'], 'every proxy gives the same answers by HTTP/2', () => {
  beforeAll(async () => {
    certificate = await makeCertificate(['*.example.com'])
    apps = await everyKind(running)
    world = running.use(await openWorld(apps, PROXIES, certificate))
  }, 60_000)
  afterAll(() => running.disposeAsync())

  describe.for(PROXIES)('%s', (proxy) => {
    test.concurrent.for(SECOND_ROWS.map((row) => [row.name, row] as const))('%s', async ([, row], { expect }) => {
      expect(told(await ask(proxy, row), secondExpectedOf(proxy, row))).toBe(secondExpectedOf(proxy, row))
    })
  })
})
