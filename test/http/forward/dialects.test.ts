/** The same answers for nginx, and for a portal without TLS. */
import { describe, expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { nginx, type Line } from '../../threats/fixture.ts'
import { alice, ask, BROWSER, FORWARD, header, KEY, openDoor, overHttp, visit } from './door.ts'

describe('nginx, which passes on 401 and 403 alone', () => {
  const asked = (url: string, ...more: readonly Line[]) => ({
    lines: [...nginx(url), ...more],
    path: `/auth/nginx/${KEY}`,
  })
  test.for([
    ['https://app.example.com/', BROWSER, 401],
    ['https://app.example.com/', [], 401],
    ['https://unknown.example.com/', BROWSER, 403],
    ['https://api.example.com/', [], 403],
    ['https://app.example.com/a/../b', [], 403],
    ['https://app.example.com/.labelgate/nothing', [], 403],
    ['https://public.example.com/', [], 200],
  ] as const)('%s with %j: %i', async ([url, more, status]) => {
    const { lines, path } = asked(url, ...more)
    expect((await ask(await openDoor(), lines, { path })).status).toBe(status)
  })
  test('a redirect is a 401 with its Location and cookie', async () => {
    const { lines, path } = asked('https://app.example.com/x', ...BROWSER)
    const answer = await ask(await openDoor(), lines, { path })
    expect(header(answer, 'location')).toMatch(/^https:\/\/auth\.example\.com\/login\?rd=/)
    expect(header(answer, 'set-cookie')).toMatch(/^__Host-labelgate-nonce=/)
  })
  test('not ready is a 403 too', async () => {
    const door = await openDoor()
    door.world.table = undefined
    const { lines, path } = asked('https://app.example.com/')
    expect((await ask(door, lines, { path })).status).toBe(403)
  })
})

test('on plain http everything is as on https, but for the prefix and Secure', async () => {
  const portal = { origin: 'http://auth.localhost:8080', host: 'auth.localhost', secure: false }
  const door = await openDoor({ portal, containers: [container('app', 'host=app.localhost')] })
  const lines = visit('app.localhost:8080', '/x').map(overHttp)
  const answer = await ask(door, lines)
  expect(header(answer, 'location')).toMatch(
    /^http:\/\/auth\.localhost:8080\/login\?rd=http%3A%2F%2Fapp\.localhost%3A8080%2Fx&n=/,
  )
  expect(header(answer, 'set-cookie')).toMatch(
    /^labelgate-nonce=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
  )
  const { app } = await door.signIn(alice, 'app.localhost')
  expect((await ask(door, [...lines, ['Cookie', `labelgate=${app}`]], { path: `${FORWARD}/${KEY}/app` })).status).toBe(
    200,
  )
})
