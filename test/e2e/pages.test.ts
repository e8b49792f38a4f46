/**
 * Every page in a real Chromium: phone and desktop, light and dark. Screenshots are left in `<tmp>/labelgate-pages`
 * for people to look at.
 */
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NONCE_HASH, PASSWORD, SETUP_TOKEN, startSession } from '../http/portal/fixture.ts'
import { describeWith } from '../parts.ts'
import { launchBrowser } from './browser.ts'
import { inspect, tabOrder } from './page-checks.ts'
import { startPortalServer, type PortalServer } from './portal-server.ts'

const shots = join(tmpdir(), 'labelgate-pages')
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }
const PAPER = { light: 'rgb(241, 238, 230)', dark: 'rgb(18, 23, 21)' }

interface Look {
  readonly size: keyof typeof SIZES
  readonly scheme: keyof typeof PAPER
}

interface Shown {
  /** On the portal, or with `on: 'app'` on the app's host. `RD` stands for a good return address. */
  readonly path: string
  readonly on?: 'app'
  readonly signedIn?: true
  /** What has the focus at first, then what the Tab key reaches. */
  readonly tab: readonly string[]
}

const PAGES: Readonly<Record<string, Shown>> = {
  'sign-in': { path: '/login?RD', tab: ['username', 'password', 'Sign in'] },
  'sign-in-again': { path: '/login?RD&prompt=login', signedIn: true, tab: ['password', 'Sign in'] },
  'set-up': { path: `/setup?token=${SETUP_TOKEN}`, tab: ['username', 'password', 'repeat', 'Create account'] },
  'set-up-closed': { path: '/setup', tab: ['Sign in'] },
  'sign-out': { path: '/logout', signedIn: true, tab: ['Sign out', 'Stay signed in'] },
  'signed-out': { path: '/signed-out', tab: ['Sign in again'] },
  'not-found': { path: '/nope', tab: ['Go to the start page'] },
  home: {
    path: '/',
    signedIn: true,
    tab: ['Sign out', 'A title that is longer than the card it stands on is wide', 'App', 'Photos', 'Wiki'],
  },
  forbidden: { path: '/page/forbidden', on: 'app', tab: ['Use another account', 'Your apps'] },
  'not-ready': { path: '/page/not-ready', on: 'app', tab: ['Try again'] },
  'not-running': { path: '/page/not-running', on: 'app', tab: ['Try again'] },
  'too-large': { path: '/page/too-large', on: 'app', tab: ['Your apps'] },
  'unknown-host': { path: '/page/unknown-host', on: 'app', tab: ['Your apps'] },
  'sign-in-broken': { path: '/page/sign-in-broken', on: 'app', tab: ['Start again'] },
  error: { path: '/page/error', on: 'app', tab: ['Your apps'] },
}

const LOOKS: readonly Look[] = [
  { size: 'phone', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
  { size: 'desktop', scheme: 'light' },
  { size: 'desktop', scheme: 'dark' },
]

describeWith(['chromium'], 'the pages in Chromium', () => {
  let server: PortalServer
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true })
    server = await startPortalServer()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  /** A fresh browser profile on one page. `complaints`: what Chromium wrote on its console. */
  async function open(shown: Omit<Shown, 'tab'>, look: Look = { size: 'phone', scheme: 'light' }) {
    const context = await browser.newContext({ viewport: SIZES[look.size], colorScheme: look.scheme })
    if (shown.signedIn === true) {
      server.fixture.clock.now = Date.now()
      await context.addCookies([{ name: 'labelgate', value: startSession(server.fixture), url: server.portal }])
    }
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      // Chromium also notes the status of an answer we mean to be an error
      if (!message.text().startsWith('Failed to load resource: the server responded with a status of 40'))
        complaints.push(message.text())
    })
    const rd = `n=${NONCE_HASH}&rd=${encodeURIComponent(`${server.app}/start`)}`
    await page.goto((shown.on === 'app' ? server.app : server.portal) + shown.path.replace('RD', rd))
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
  }

  const variants = Object.entries(PAGES).flatMap(([name, shown]) => LOOKS.map((look) => ({ name, shown, ...look })))
  test.for(variants)('$name, $size, $scheme: readable, named, in order, within window and policy', async (variant) => {
    const { name, shown, size, scheme } = variant
    await using at = await open(shown, { size, scheme })
    await at.page.screenshot({ path: join(shots, `${name}-${size}-${scheme}.png`), fullPage: true })
    const found = await inspect(at.page)
    expect(found).toEqual({ overflow: 0, nameless: [], faint: [], small: [], lang: 'en', headings: 1 })
    expect(await tabOrder(at.page)).toEqual(shown.tab)
    expect(await at.page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(PAPER[scheme])
    // WCAG 2.2, 1.4.10: a desktop at 400 %
    await at.page.setViewportSize({ width: 320, height: 256 })
    expect(await inspect(at.page)).toMatchObject({ overflow: 0 })
    expect(at.complaints).toEqual([])
  })

  async function fillIn(page: Page, password: string): Promise<void> {
    await page.getByLabel('User name').fill('alice')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
  }

  test('a wrong password is announced, and said of both fields', async () => {
    await using at = await open({ path: '/login?RD' })
    await fillIn(at.page, 'wrong')
    const alert = at.page.getByRole('alert')
    await alert.waitFor()
    await at.page.screenshot({ path: join(shots, 'sign-in-refused-phone-light.png') })
    expect(await alert.textContent()).toBe('User name or password is not right.')
    expect(await at.page.getByLabel('Password').getAttribute('aria-describedby')).toBe(await alert.getAttribute('id'))
    expect(await inspect(at.page)).toMatchObject({ overflow: 0, faint: [] })
    expect(at.complaints).toEqual([])
  })

  test('sign-in follows the app wherever it leads on, over plain http and by the keyboard alone', async () => {
    await using at = await open({ path: '/login?RD' })
    expect(await at.page.evaluate('document.activeElement.id')).toBe('username')
    await at.page.keyboard.type('alice')
    await at.page.keyboard.press('Tab')
    await at.page.keyboard.type(PASSWORD)
    await at.page.keyboard.press('Enter')
    await at.page.waitForURL(`${server.third}/last`)
    expect(at.complaints).toEqual([])
  })

  test('whoever is refused signs in as another and is back at the app', async () => {
    await using at = await open({ path: '/page/forbidden', on: 'app', signedIn: true })
    await at.page.getByRole('link', { name: 'Use another account' }).click()
    await at.page.getByRole('button', { name: 'Sign out' }).click()
    await at.page.getByLabel('User name').waitFor()
    await fillIn(at.page, PASSWORD)
    await at.page.waitForURL(`${server.app}/denied`)
    expect(at.complaints).toEqual([])
  })

  test('D-20: a form on an app’s host signs nobody in', async () => {
    await using at = await open({ path: '/', on: 'app' })
    const before = server.fixture.attempts.length
    await at.page.setContent(
      `<form method="post" action="${server.portal}/login"><input name="username" value="alice"><input name="password" value="${PASSWORD}"><button>Win</button></form>`,
    )
    const refused = at.page.waitForResponse(`${server.portal}/login`)
    await at.page.getByRole('button').click()
    expect((await refused).status()).toBe(403)
    expect(server.fixture.attempts).toHaveLength(before)
  })

  test('a page of ours is not shown in a frame', async () => {
    await using at = await open({ path: '/', on: 'app' })
    await at.page.setContent(`<iframe src="${server.portal}/login"></iframe>`)
    await at.page.waitForFunction('document.querySelector("iframe").contentDocument === null')
    expect(await at.page.frames()[1]?.locator('form').count()).toBe(0)
    expect(at.complaints.join()).toContain('frame-ancestors')
  })
})
