/** deploy/examples/nginx-resolver as it stands: an app that is told who is there, by answers that nginx keeps. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../parts.ts'
import { Client, type Headers } from '../client.ts'
import { Example } from './example.ts'

const NAME = 'nginx-resolver'
const APP = 'app.localhost/'
/** Milliseconds for which an answer is kept at most, as src/http/forward/identify.ts says. */
const KEPT = 5000
const NAMES = ['X-Authgear-User-Id', 'X-Authgear-Session-Valid', 'x_authgear_session_valid', 'X.Authgear.User-Id']

describeWith(['docker', 'compose', 'node-image', 'nginx'], `deploy/examples/${NAME}`, () => {
  let example: Example
  const people: Record<'alice' | 'bob', Client> = { alice: new Client(), bob: new Client() }
  const ids: Record<string, string> = {}

  async function asked(client: Client, path = '', headers: Headers = {}) {
    const answer = await client.send(example.url(APP + path), { headers })
    return { status: answer.status, cache: answer.headers['x-resolver-cache'], said: JSON.parse(answer.body) }
  }

  beforeAll(async () => {
    example = await Example.start(NAME)
    await example.answers(APP, ({ body }) => body.includes('absent'))
    for (const name of ['alice', 'bob'] as const) {
      const password = await example.account(name, '--email', `${name}@example.com`)
      await example.signIn(people[name], `${APP}.labelgate/login?rd=/welcome`, name, password)
      ids[name] = (await asked(people[name])).said.who
    }
  }, 300_000)
  afterAll(() => example?.[Symbol.asyncDispose]())

  test('who signs in by the link of the app is back on the page, and known', async () => {
    const client = new Client()
    const { said } = await asked(client, 'private/page')
    expect(said).toEqual({ error: 'sign in', at: '/.labelgate/login?rd=%2Fprivate%2Fpage' })
    const password = await example.account('carol')
    const answer = await example.signIn(client, APP.slice(0, -1) + said.at, 'carol', password)
    expect([answer.url, answer.status]).toEqual([example.url(`${APP}private/page`), 200])
  })

  test('somebody, nobody, and a session that does not hold are told apart', async () => {
    expect((await asked(people.alice)).said).toEqual({
      session: 'valid',
      who: expect.stringMatching(/./),
      verified: expect.stringMatching(/^(true|false)$/),
      amr: 'pwd',
      since: expect.stringMatching(/^\d{10}$/),
      canReauthenticate: 'true',
    })
    expect((await asked(new Client())).said.session).toBe('absent')
    const cookie = `labelgate=${'x'.repeat(43)}`
    expect((await asked(new Client(), '', { Cookie: cookie })).said.session).toBe('invalid')
  })

  test('answers are kept, each for whom it is', async () => {
    expect(ids['alice']).not.toBe(ids['bob'])
    const seen: Record<string, unknown[]> = { alice: [], bob: [], nobody: [] }
    for (let i = 0; i < 20; i++) {
      for (const [name, client] of [...Object.entries(people), ['nobody', new Client()] as const]) {
        const { said, cache } = await asked(client, `page/${i}`)
        expect(said.who).toBe(ids[name])
        seen[name]?.push(cache)
      }
    }
    for (const name of Object.keys(seen)) expect(seen[name], name).toContain('HIT')
  })

  test.for(NAMES)('nobody is taken for somebody by %s, kept or not', async (name) => {
    for (let i = 0; i < 3; i++) {
      const { said } = await asked(new Client(), '', { [name]: name.includes('d') ? 'true' : (ids['alice'] ?? '') })
      expect(said).toEqual({ session: 'absent', at: '/.labelgate/login?rd=%2F' })
    }
  })

  test('signing in is not answered from what was kept', async () => {
    const client = new Client()
    for (let i = 0; i < 3; i++) expect((await asked(client)).said.session).toBe('absent')
    const answer = await client.send(example.url(`${APP}.labelgate/login`), { headers: { Accept: 'text/html' } })
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toContain(example.url('auth.localhost/login?rd='))
  })

  test('a session that is ended is told as valid for five seconds at most', async () => {
    expect((await asked(people.bob)).said.session).toBe('valid')
    await example.labelgate('user', 'disable', 'bob')
    const ended = performance.now()
    await vi.waitFor(async () => expect((await asked(people.bob)).said.session).toBe('invalid'), {
      timeout: KEPT + 2000,
      interval: 100,
    })
    // a second for the word to get round among replicas, and what one request takes
    expect(performance.now() - ended).toBeLessThan(KEPT + 1500)
    expect((await asked(people.bob, 'private')).status).toBe(401)
    expect((await asked(people.alice)).said.session).toBe('valid')
  })
})
