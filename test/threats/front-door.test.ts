/** What the listener of the portal tells to whom it should tell nothing (I-22, I-24, I-30), on real connections. */
import { describe, expect, test } from 'vitest'
import { alice, type Door, FORWARD, KEY, openDoor, question, session, word } from '../http/forward/door.ts'
import { PASSWORD } from '../http/portal/fixture.ts'
import { exchange } from '../http/forward/wire.ts'
import { account } from '../store/samples.ts'
import { fwd } from './fixture.ts'

const PORTAL = 'auth.example.com'

async function get(door: Door, target: string, host = PORTAL, more = '') {
  const answer = await exchange(door.port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`)
  if (answer === undefined) throw new Error(`no answer to ${target}`)
  return answer
}

describe('I-30 there is nothing to see', () => {
  const internal = ['/metrics', '/debug/pprof', '/debug', '/healthz', '/readyz', '/api', '/config', '/.git/config']
  const around = ['/%2e%2e/metrics', '/..%2fmetrics', '/metrics/', '//metrics', '/metrics?x', '/METRICS', '/__proto__']
  test.for([...internal, ...around, '/auth', '/auth/', '/auth/forward', '/auth/nginx', '/.labelgate/callback'])(
    '%s, on the portal’s host, on an app’s, on none',
    async (target) => {
      const door = await openDoor({ trusted: [] })
      const { cookie } = await door.signIn(alice)
      for (const host of [PORTAL, 'app.example.com', 'evil.com', '127.0.0.1']) {
        const { status, body } = await get(door, target, host, `Cookie: ${session(cookie)}\r\n`)
        expect([400, 403, 404, 421, 503]).toContain(status)
        expect(body).not.toMatch(/# HELP|process_|root:|alice/)
      }
    },
  )
})

describe('I-24 there is no HTTP/2', () => {
  test('an upgrade to it is not taken', async () => {
    const door = await openDoor()
    const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'
    expect((await get(door, '/login', PORTAL, h2c)).status).toBe(200)
    const asked = question(fwd('admin.example.com', '/')).replace('\r\n\r\n', `\r\n${h2c}\r\n`)
    expect(word(await exchange(door.port, asked))).toBe('DENY')
  })
  test('nor is its preface', async () => {
    const door = await openDoor()
    expect(await exchange(door.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toMatchObject({ status: 400 })
  })
})

describe('I-22 D-20 only a form is a sign-in', () => {
  const form = `username=alice&password=${encodeURIComponent(PASSWORD)}`
  const json = JSON.stringify({ username: 'alice', password: PASSWORD })
  async function post(types: readonly string[], body: string) {
    const door = await openDoor()
    await door.store.putAccount(account('alice', { id: 'a1', passwordAt: 0 }))
    const lines = types.map((type) => `Content-Type:${type}\r\n`).join('')
    const head = `POST /login HTTP/1.1\r\nHost: ${PORTAL}\r\nOrigin: https://${PORTAL}\r\n${lines}`
    return exchange(door.port, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)
  }

  test.for([
    [' application/json\ta', json],
    ['  application/json', json],
    [' application/json ; x', json],
    [' ApPlIcAtIoN/JsOn;', json],
    [' application/json; charset="x;y"', json],
    [' , application/json', json],
    [' application/json', '{"__proto__":{"username":"alice"}}'],
    [' application/json;charset=utf-8, text/plain', json],
    [' text/plain', form],
    ['', form],
    [' multipart/form-data', form],
    [' application/x-www-form-urlencodedx', form],
    [' x, application/x-www-form-urlencoded', form],
    [' application/xml', form],
  ] as const)('%j is not taken', async ([type, body]) => {
    const answer = await post([type], body)
    expect([400, 415]).toContain(answer?.status)
    expect(answer?.headers.get('set-cookie')?.join() ?? '').not.toContain('__Host-labelgate=')
  })

  test('a second Content-Type line does not make it another', async () => {
    const answer = await post([' application/json', ' application/x-www-form-urlencoded'], form)
    expect([400, 415]).toContain(answer?.status)
  })

  test('a form is one, with its charset and whatever its letters', async () => {
    for (const type of [' application/x-www-form-urlencoded', ' Application/X-WWW-Form-URLencoded; charset=UTF-8'])
      expect((await post([type], form))?.status).toBe(303)
  })
})

test('I-30 a question is answered on its own path alone, whichever host it is sent to', async () => {
  const door = await openDoor({ trusted: [] })
  for (const host of [PORTAL, 'app.example.com', 'labelgate:4180']) {
    const asked = question(fwd('public.example.com', '/')).replace('labelgate:4180', host)
    expect(word(await exchange(door.port, asked))).toBe('ANON')
    expect((await exchange(door.port, asked.replace(`${FORWARD}/${KEY}`, '/')))?.status).not.toBe(200)
  }
})
