/** deploy/examples/nginx-homelab as it stands: one nginx configuration, and five apps that each know people in a way of their own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../parts.ts'
import { Client } from '../client.ts'
import { Example } from './example.ts'

const NAME = 'nginx-homelab'
const [NETDATA, RECIPES, MONEY] = ['netdata.localhost/', 'recipes.localhost/', 'money.localhost/']
const [FEEDS, BLOG] = ['feeds.localhost/', 'blog.localhost/']
const SPELLINGS = ['Remote-User', 'REMOTE_USER', 'Remote_User', 'Remote.User']

describeWith(['docker', 'compose', 'node-image', 'nginx', 'whoami'], `deploy/examples/${NAME}`, () => {
  let example: Example
  let alice: Client
  let bob: Client
  let password = ''

  const open = (client: Client, target: string, headers = {}) => client.open(example.url(target), { headers })

  beforeAll(async () => {
    example = await Example.start(NAME)
    await example.asksForSignIn(NETDATA, RECIPES, MONEY)
    alice = new Client()
    password = await example.account('alice', '--groups', 'admins,family', '--email', 'alice@example.com')
    await example.signIn(alice, NETDATA, 'alice', password)
    bob = await example.signedIn('bob', RECIPES, '--groups', 'family')
  }, 300_000)
  afterAll(() => example?.[Symbol.asyncDispose]())

  describe('Netdata, which has no sign-in of its own', () => {
    test('is for admins alone', async () => {
      expect((await open(alice, NETDATA)).body).toContain('Netdata for anybody')
      const refused = await open(bob, NETDATA)
      expect(refused.status).toBe(403)
      expect(refused.body).toContain('bob')
    })

    test('scripts go on with name and password, which it does not get to see', async () => {
      const basic = (name: string, word: string) => ({
        Authorization: `Basic ${Buffer.from(`${name}:${word}`).toString('base64')}`,
        Accept: '*/*',
      })
      const script = (headers: Record<string, string>) => new Client().send(example.url(NETDATA), { headers })
      expect((await script(basic('alice', password))).body).toBe('Netdata for anybody\n')
      const wrong = await script(basic('alice', 'wrong'))
      expect(wrong.status).toBe(401)
      expect(wrong.body).not.toContain('Netdata')
    })
  })

  describe('Tandoor, which believes a header', () => {
    test('knows whoever of the family is signed in', async () => {
      expect((await open(alice, RECIPES)).body).toBe('Recipes of alice\n')
      expect((await open(bob, RECIPES)).body).toBe('Recipes of bob\n')
    })

    test.for(SPELLINGS)('takes nobody for somebody else by %s', async (name) => {
      expect((await open(bob, RECIPES, { [name]: 'alice' })).body).toBe('Recipes of bob\n')
    })
  })

  describe('Firefly III, behind its auth server', () => {
    test('is alice’s, who is known by name and address', async () => {
      expect((await open(alice, MONEY)).body).toBe('Money of alice, alice@example.com\n')
      expect((await open(bob, MONEY)).status).toBe(403)
    })

    test('its API is reached with its own tokens, and knows nobody by a header', async () => {
      const api = (headers: Record<string, string>) =>
        new Client().send(example.url(`${MONEY}api/v1/accounts`), { headers })
      expect((await api({ Authorization: 'Bearer a-personal-access-token' })).body).toBe('Accounts, by token\n')
      expect((await api({ 'Remote-User': 'alice' })).status).toBe(401)
    })

    test('what is beside the API is not open', async () => {
      for (const path of ['api/v1/../../', 'api/v1/..%2f..%2f', 'api/v1%2f..', 'API/v1/accounts', 'api/v10']) {
        const answer = await new Client().send(example.url(MONEY + path), { headers: { Accept: 'text/html' } })
        expect(answer.body).not.toMatch(/Money of|Accounts|guard header/)
      }
    })
  })

  test('Miniflux signs people in itself: its provider, callback and cookies are left alone', async () => {
    const client = new Client()
    expect((await open(client, FEEDS)).body).toContain('Sign in with OpenID Connect')
    const away = await client.send(example.url(`${FEEDS}oauth2/oidc/redirect`))
    expect(away.headers['location']).toMatch(/^https:\/\/id\.example\.com\/authorize\?client_id=miniflux&/)
    const back = await open(client, `${FEEDS}oauth2/oidc/callback?code=c&state=s`)
    expect(back.body).toBe('Unread, by its own session\n')
  })

  test('the blog is for everybody, and is told of nobody', async () => {
    const headers = Object.fromEntries(SPELLINGS.slice(0, 2).map((name) => [name, 'mallory']))
    for (const client of [new Client(), alice]) {
      const { status, body } = await open(client, BLOG, headers)
      expect([status, body]).toEqual([200, expect.stringContaining('Hostname:')])
      expect(body).not.toMatch(/mallory|Remote.User: ./i)
    }
  })

  test('an app that comes later is there without a word to nginx', async () => {
    const labels = ['-l', 'labelgate.host=later.localhost', '-l', 'labelgate.allow=group:family']
    await example.run('later', ...labels)
    await example.asksForSignIn('later.localhost/')
    expect((await open(bob, 'later.localhost/')).body).toMatch(/^Remote-User: bob\r?$/m)
  })
})
