/** deploy/examples/convos-traefik as it stands: a header of the app's choice, and nobody else's word for it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../parts.ts'
import { Client } from '../client.ts'
import { Example } from './example.ts'

const CHAT = 'chat.localhost/'

describeWith(['docker', 'compose', 'node-image', 'traefik'], 'deploy/examples/convos-traefik', () => {
  let example: Example
  let alice: Client

  beforeAll(async () => {
    example = await Example.start('convos-traefik')
    await example.asksForSignIn(CHAT)
    alice = await example.signedIn('alice', CHAT, '--email', 'alice@example.com', '--full-name', 'Alice Example')
  }, 300_000)
  afterAll(() => example?.[Symbol.asyncDispose]())

  test('who is signed in is at once in the chat, by their address', async () => {
    const { body } = await alice.open(example.url(CHAT))
    expect(body).toContain('Chat of alice@example.com')
    expect(body).not.toContain('Sign in to Convos')
  })

  test('the app is told what labels say, each once', async () => {
    const { body } = await alice.open(example.url(CHAT))
    expect(
      body
        .match(/^X.Ptl.*$/gim)
        ?.map((line) => line.replace(/Id: .+/, 'Id: (id)'))
        .toSorted(),
    ).toEqual([
      'X-Ptl-Client-Id: (id)',
      'X-Ptl-Client-Name: Alice Example',
      'X-Ptl-Client-Type: terminal',
      'X-Ptl-User: alice@example.com',
    ])
  })

  test.for(['User', 'Client-Type', 'Client-Id', 'Client-Name', 'Admin', 'Something-Else'])(
    'nobody brings X-Ptl-%s along, in whichever spelling',
    async (part) => {
      const name = `X-Ptl-${part}`
      for (const spelling of [name, name.toLowerCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')]) {
        const { body } = await alice.open(example.url(CHAT), { headers: { [spelling]: 'mallory' } })
        expect(body).toContain('Chat of alice@example.com')
        expect(body).not.toContain('mallory')
      }
    },
  )

  test('nor does the header let anybody in', async () => {
    const headers = { 'X-Ptl-User': 'alice@example.com', Accept: 'application/json' }
    const answer = await new Client().send(example.url(CHAT), { headers })
    expect(answer.status).toBe(401)
    expect(answer.body).not.toContain('Chat of')
  })

  test('who joins later has an account at once, and signs out of all of it at the portal', async () => {
    const bob = await example.signedIn('bob', CHAT, '--email', 'bob@example.com')
    expect((await bob.open(example.url(CHAT))).body).toContain('Chat of bob@example.com')
    await bob.submit(await bob.open(example.url('auth.localhost/logout')))
    expect((await bob.open(example.url(CHAT))).url).toContain('/login')
  })
})
