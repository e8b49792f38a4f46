/** An app wants more than the session has: back to the provider once, and then in, or a page that says why not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { meets, needOf, needText, readNeed } from '../../../src/http/need.ts'
import { openHouse, APP, type Browser } from './house.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
beforeAll(async () => (idp = await HostileProvider.start()))
afterEach(() => idp.reset())
afterAll(() => idp.close())

const alice = (address: string) => idp.approve(address, 'alice')
const seconds = () => Math.floor(Date.now() / 1000)
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const at = (browser: Browser, need: string) =>
  `/login?rd=${encodeURIComponent(APP)}&n=${browser.n}&prompt=login&need=${encodeURIComponent(need)}`

async function inside(more: Parameters<HostileProvider['config']>[0] = {}, authTime = 0) {
  idp.knobs.idToken = (it) => ({ ...it, auth_time: authTime === 0 ? undefined : authTime })
  const house = await openHouse([idp.config(more)])
  const browser = house.browser()
  await browser.signIn(alice)
  idp.reset()
  return { browser, house }
}

test('fresh: the provider is asked to sign them in anew, and they come back to the address they wanted', async () => {
  const { browser } = await inside({}, seconds() - 1000)
  const before = browser.session
  const answer = await browser.get(at(browser, 'fresh:600'), navigation)
  const { searchParams } = new URL(answer.location)
  expect(searchParams.get('max_age')).toBe('600')
  expect(searchParams.get('prompt')).toBe('login')
  const back = await browser.get(alice(answer.location))
  expect(back.location).toMatch(/^https:\/\/app\.example\.com\/\.labelgate\/callback\?code=/)
  expect(browser.session?.authentication.at).toBeGreaterThan((seconds() - 5) * 1000)
  expect(browser.session?.id).not.toBe(before?.id)
})

test('mfa: by acr where the operator names one', async () => {
  const mfa = { acr: ['gold'], amr: ['mfa'] }
  const { browser } = await inside({ acrValues: 'gold', mfa })
  const answer = await browser.get(at(browser, 'mfa'), navigation)
  const { searchParams } = new URL(answer.location)
  expect(searchParams.get('acr_values')).toBe('gold')
  expect(searchParams.get('prompt')).toBeNull()
  idp.knobs.idToken = (it) => ({ ...it, acr: 'gold' })
  expect((await browser.get(alice(answer.location))).status).toBe(303)
  expect(browser.session?.authentication.amr).toEqual(['mfa'])
})

test('mfa: by amr, and without any class to ask for the whole sign-in is asked for again', async () => {
  const { browser } = await inside()
  const answer = await browser.get(at(browser, 'mfa'), navigation)
  expect(new URL(answer.location).searchParams.get('prompt')).toBe('login')
  idp.knobs.idToken = (it) => ({ ...it, amr: ['pwd', 'otp', 'mfa'] })
  expect((await browser.get(alice(answer.location))).status).toBe(303)
  expect(browser.session?.authentication.amr).toEqual(['pwd', 'otp', 'mfa'])
})

test.for([
  ['a second factor', 'mfa', (it: Record<string, unknown>) => ({ ...it, amr: ['pwd'] })],
  ['amr as a text', 'mfa', (it: Record<string, unknown>) => ({ ...it, amr: 'mfa' })],
  ['a class nobody named', 'mfa', (it: Record<string, unknown>) => ({ ...it, acr: 'mfa' })],
  [
    'E-26: an auth_time older than max_age',
    'fresh:600',
    (it: Record<string, unknown>) => ({ ...it, auth_time: seconds() - 700 }),
  ],
  ['any auth_time', 'fresh:600', (it: Record<string, unknown>) => ({ ...it, auth_time: undefined })],
  ['both', 'mfa,fresh:600', (it: Record<string, unknown>) => ({ ...it, amr: ['mfa'], auth_time: 1 })],
] as const)(
  'a provider that brings %s wrongly or not at all: a page, no loop, and the session stays',
  async ([, need, bend]) => {
    const { browser } = await inside({}, seconds() - 1000)
    const before = browser.session?.id
    const answer = await browser.get(at(browser, need), navigation)
    idp.knobs.idToken = bend
    const back = await browser.get(alice(answer.location))
    expect(back.status).toBe(400)
    expect(back.body).toContain('This app asks for more')
    expect(back.body).toContain('The IdP did not confirm one.')
    expect(browser.session?.id).toBe(before)
  },
)

test('what is met already is not asked for by itself: a page with a button, so that nothing goes round', async () => {
  const { browser } = await inside({}, seconds())
  const answer = await browser.get(at(browser, 'fresh:600'), navigation)
  expect(answer.status).toBe(200)
  expect(answer.body).toContain('Confirm it’s you')
  expect(answer.body).toContain('action="/login/idp"')
  expect(answer.body).toContain('name="need" value="fresh:600"')
})

describe('a local account', () => {
  async function local() {
    const house = await openHouse([idp.config()])
    const account = { name: 'root', password: 'correct horse battery staple' }
    await house.people.accounts.add({ ...account, groups: [] }, house.now())
    const browser = house.browser()
    await browser.post('/login', { username: account.name, password: account.password })
    return { browser, account }
  }

  test('shows its password again for fresh', async () => {
    const { browser, account } = await local()
    const page = await browser.get(at(browser, 'fresh:600'), navigation)
    expect(page.body).toContain('value="root"')
    expect(page.body).not.toContain('action="/login/')
    const again = { username: account.name, password: account.password, rd: APP, n: browser.n }
    expect((await browser.post('/login', again)).location).toContain('/.labelgate/callback?code=')
  })

  test('has no second factor: the page says so, and offers another account', async () => {
    const { browser } = await local()
    const page = await browser.get(at(browser, 'mfa'), navigation)
    expect(page.status).toBe(403)
    expect(page.body).toContain('asks for a second factor, and this account has none.')
    expect(page.body).toContain('prompt=select_account')
  })
})

describe('the words of the address', () => {
  test.for([
    ['mfa', { mfa: true }],
    ['fresh:600', { mfa: false, fresh: 600 }],
    ['mfa,fresh:0', { mfa: true, fresh: 0 }],
  ] as const)('%s', ([text, demand]) => {
    expect(readNeed(text)).toEqual(demand)
    expect(needText(demand)).toBe(text)
  })

  test.for(['', 'fresh:', 'fresh:-1', 'fresh:1e9', 'mfa,', ',fresh:1', 'mfafresh:1', 'fresh:1,mfa', 'x', undefined])(
    '%j demands nothing',
    (text) => {
      expect(readNeed(text)).toBeUndefined()
    },
  )

  test('of several ages the youngest is demanded; what no sign-in would mend is not', () => {
    const provider = { kind: 'provider', name: 'idp' } as const
    expect(needOf([{ kind: 'fresh', seconds: 60 }, provider, { kind: 'fresh', seconds: 30 }])).toBe('fresh:30')
    expect(needOf([provider])).toBeUndefined()
  })

  test('a sign-in whose time nobody said is fresh for nobody', () => {
    const authentication = { provider: 'idp', at: 0, amr: [] }
    expect(meets({ mfa: false, fresh: 999_999_999 }, authentication, Date.UTC(2026, 10, 25))).toBe(false)
  })
})
