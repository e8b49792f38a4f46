/** With a certified provider, from the button to signing out everywhere. */
import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MemoryStore } from '../../../src/store/memory.ts'
import { AtProvider, startCertified, type Certified, type Deliver } from './certified.ts'
import { openHouse, type Browser, type House } from './house.ts'

const APP_CALLBACK = /^https:\/\/app\.example\.com\/\.labelgate\/callback\?code=/

async function certified(deliver?: Deliver): Promise<Certified> {
  const idp = await startCertified(deliver)
  onTestFinished(() => idp[Symbol.asyncDispose]())
  idp.accounts.set('alice', ['group1', 'group2'])
  idp.accounts.set('bob', [])
  return idp
}

async function signIn(browser: Browser, at = new AtProvider()): Promise<AtProvider> {
  const { location } = await at.go(await browser.press())
  expect((await browser.get(location)).location).toMatch(APP_CALLBACK)
  return at
}

test('sign-in brings user, groups and how; the second time the provider remembers', async () => {
  const idp = await certified()
  const house = await openHouse([idp.config()])
  const browser = house.browser()
  const at = await signIn(browser)
  expect(browser.identity).toMatchObject({ user: 'alice', email: 'alice@example.com', groups: ['group1', 'group2'] })
  expect(browser.session?.authentication.amr).toEqual(['pwd', 'otp', 'mfa'])
  expect(browser.session?.authentication.at).toBeGreaterThan(Date.now() - 60_000)
  idp.next = 'bob'
  const again = house.browser()
  await signIn(again, at)
  expect(again.identity?.user).toBe('alice')
})

test('fresh: the provider signs them in again though it remembers them', async () => {
  const idp = await certified()
  const browser = (await openHouse([idp.config()])).browser()
  const at = await signIn(browser)
  await signIn(browser, at)
  expect(idp.logins).toBe(1)
  const { location } = await at.go(await browser.press('idp', { need: 'fresh:600' }))
  expect((await browser.get(location)).status).toBe(303)
  expect(idp.logins).toBe(2)
})

/** Due for all who signed in just now. */
async function renewAll(houses: readonly House[]): Promise<void> {
  for (const house of houses) house.clock.ahead += 300_000
  await vi.waitFor(() => expect(houses.flatMap(({ notes }) => notes)).not.toEqual([]), { timeout: 5000 })
}

test('two browsers, fifty requests each, two replicas, tokens past their time: one refresh a session', async () => {
  const idp = await certified()
  const [store, master] = [new MemoryStore(), randomBytes(32)]
  const one = await openHouse([idp.config()], { store, master })
  const two = await openHouse([idp.config()], { store, master })
  const browsers = [one.browser(), one.browser()]
  for (const browser of browsers) await signIn(browser)
  idp.grants.length = 0
  idp.accounts.set('alice', ['group1'])
  const renewed = renewAll([one, two])
  const answers = await Promise.all(browsers.flatMap((browser) => Array.from({ length: 50 }, () => browser.get('/'))))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  await renewed
  await vi.waitFor(() => expect(idp.grants).toEqual(['refresh_token', 'refresh_token']), { timeout: 5000 })
  // and not once more, by whichever replica
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(idp.grants).toEqual(['refresh_token', 'refresh_token'])
  for (const { people } of [one, two]) {
    for (const browser of browsers) {
      const session = people.sessions.find(browser.cookies.get('__Host-labelgate') ?? '', Date.now())
      expect(session?.identity.groups).toEqual(['group1'])
    }
  }
})

test('E-30: an account that was closed at the provider ends here within refresh', async () => {
  const idp = await certified()
  const house = await openHouse([idp.config()])
  const browser = house.browser()
  await signIn(browser)
  idp.accounts.delete('alice')
  await renewAll([house])
  expect(house.notes).toContainEqual({ kind: 'ended', provider: 'idp' })
  expect(browser.session).toBeUndefined()
})

test('signing out at the provider ends our session, by the back channel', async () => {
  const heard: string[] = []
  const front = { house: undefined as House | undefined }
  const idp = await certified(async (path, body) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'labelgate:4180' }
    const answer = await front.house?.browser().ask('POST', path, body, form)
    heard.push(`${path} ${answer?.status}`)
    return answer?.status ?? 500
  })
  front.house = await openHouse([idp.config()])
  const [browser, other] = [front.house.browser(), front.house.browser()]
  const at = await signIn(browser)
  idp.next = 'bob'
  await signIn(other)

  const page = await at.go(`${idp.issuer}/session/end?client_id=labelgate`)
  await at.go(`${idp.issuer}/session/end/confirm`, confirmed(page.body))
  expect(heard).toEqual(['/backchannel-logout/idp 200'])
  expect(browser.session).toBeUndefined()
  expect(other.session).toBeDefined()
})

test('signing out here goes on to the provider, and comes back signed out there too', async () => {
  const idp = await certified()
  const house = await openHouse([idp.config()])
  const browser = house.browser()
  const at = await signIn(browser)
  const page = await at.go((await browser.post('/logout', {})).location)
  const back = await at.go(`${idp.issuer}/session/end/confirm`, confirmed(page.body))
  expect(back.location).toBe('https://auth.example.com/signed-out')
  await signIn(browser, at)
  expect(idp.logins).toBe(2)
})

/** The provider's own page asks whether to sign out there: yes. */
function confirmed(page: string): URLSearchParams {
  const form = new URLSearchParams({ logout: 'yes' })
  for (const [, name = '', value = ''] of page.matchAll(/name="(\w+)" value="([^"]*)"/g)) form.set(name, value)
  return form
}
