/**
 * The whole way in a real browser, over TLS and through Traefik, as a person goes it. LABELGATE_TEST_SCREENSHOTS=folder
 * keeps what the screen showed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../parts.ts'
import { launchBrowser, quietNetwork } from './browser.ts'
import { Deployment } from './deployment.ts'
import { inspect } from './page-checks.ts'

const SIZES: Readonly<Record<string, BrowserContextOptions>> = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 800 } },
}
const PASSWORD = 'four unrelated words here'
const FINE = { overflow: 0, nameless: [], faint: [], small: [], lang: 'en', headings: 1 }

const kept = process.env['LABELGATE_TEST_SCREENSHOTS']
let folder: string

async function startApps(place: Deployment): Promise<void> {
  const card = (title: string, description: string) => ({
    'labelgate.title': title,
    'labelgate.description': description,
  })
  const notes = { 'labelgate.host': 'notes.journey.test', ...card('Notes', 'What the team writes down') }
  const wiki = { 'labelgate.host': 'wiki.elsewhere.test', ...card('Wiki', 'On a domain of its own') }
  const vault = {
    'labelgate.host': 'vault.journey.test',
    'labelgate.allow': 'group:keepers',
    ...card('Vault', 'For few'),
  }
  for (const [name, labels] of Object.entries({ notes, wiki, vault })) await place.app(name, { labels })
  const ready = async () => (await place.client().send(place.url('vault.journey.test/'))).status === 401
  await vi.waitUntil(ready, { timeout: 10_000, interval: 50 })
}

/** Chromium gives up what it loads when the network of some container comes up or goes down. */
async function goTo(page: Page, url: string): Promise<void> {
  // the second: the error page of the attempt before was still on its way
  const changed = (error: unknown) => /ERR_NETWORK_CHANGED|chrome-error:/.test(String(error))
  for (let again = true; again;) {
    again = await page.goto(url).then(
      () => false,
      (error: unknown) => changed(error) || Promise.reject(error as Error),
    )
  }
}

async function fillIn(page: Page, fields: Readonly<Record<string, string>>, button: string): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
  await page.getByRole('button', { name: button }).click()
}

describeWith(['docker', 'traefik', 'whoami', 'node-image', 'chromium'], 'in a browser', () => {
  beforeAll(async () => {
    folder = kept ?? (await mkdtemp(join(tmpdir(), 'labelgate-journey-')))
    await mkdir(folder, { recursive: true })
  })
  afterAll(async () => {
    if (kept === undefined) await rm(folder, { recursive: true })
  })

  test.for(Object.entries(SIZES))(
    '%s: from the set-up link to signing out',
    { timeout: 180_000 },
    async ([size, device]) => {
      await using place = await Deployment.start(`labelgate-journey-${size}`)
      await startApps(place)
      await quietNetwork()
      await using browser = await launchBrowser([`--ignore-certificate-errors-spki-list=${place.certificate.spki}`])
      const complaints: string[] = []
      const visit = async () => {
        const page = await (await browser.newContext(device)).newPage()
        page.setDefaultTimeout(10_000)
        page.on('console', (message) => void complaints.push(message.text()))
        return page
      }
      let count = 0
      /** A page of ours: fit to be seen, and kept for people to look at. */
      const expectShown = async (page: Page, name: string, heading: string) => {
        await page.getByRole('heading', { name: heading }).waitFor()
        await page.screenshot({ path: join(folder, `${size}-${(count += 1)}-${name}.png`) })
        expect(await inspect(page)).toEqual(FINE)
      }
      const address = place.url('notes.journey.test/page%2Fone?q=caf%C3%A9&next=a%26b')

      const owner = await visit()
      await goTo(owner, address)
      await expectShown(owner, 'before-the-first-account', 'Sign in')
      const [link = ''] = /https:[^"]*\/setup\?token=[^"]*/.exec(place.log) ?? []
      await goTo(owner, link)
      await expectShown(owner, 'set-up', 'Create your account')
      const account = { 'User name': 'root', Password: PASSWORD, 'Password, once more': PASSWORD }
      await fillIn(owner, account, 'Create account')
      await expectShown(owner, 'set-up-done', 'Your apps')
      await goTo(owner, link)
      await expectShown(owner, 'set-up-closed', 'This link is closed')

      const page = await visit()
      await goTo(page, address)
      await expectShown(page, 'sign-in', 'Sign in')
      await fillIn(page, { 'User name': 'root', Password: 'not this one' }, 'Sign in')
      await page.getByRole('alert').waitFor()
      await expectShown(page, 'sign-in-refused', 'Sign in')
      await fillIn(page, { 'User name': 'root', Password: PASSWORD }, 'Sign in')
      await page.waitForURL(address)
      expect(await page.textContent('body')).toContain('Remote-User: root')

      await goTo(page, place.url('wiki.elsewhere.test/start?x=1'))
      expect(page.url()).toBe(place.url('wiki.elsewhere.test/start?x=1'))
      expect(await page.textContent('body')).toContain('Remote-User: root')

      await goTo(page, place.url('vault.journey.test/safe'))
      await expectShown(page, 'forbidden', 'No access')
      await page.getByRole('link', { name: 'Your apps' }).click()
      await expectShown(page, 'home', 'Your apps')
      expect(await page.getByRole('listitem').locator('strong').allTextContents()).toEqual(['Notes', 'Wiki'])
      await page.getByRole('link', { name: 'Wiki' }).click()
      await page.waitForURL(place.url('wiki.elsewhere.test/'))

      await goTo(page, place.url('notes.journey.test/.labelgate/logout'))
      await expectShown(page, 'sign-out', 'Sign out?')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expectShown(page, 'signed-out', 'Signed out')
      for (const host of ['notes.journey.test', 'wiki.elsewhere.test']) {
        await goTo(page, place.url(`${host}/`))
        expect(new URL(page.url()).host).toBe(`auth.journey.test:${place.port}`)
      }
      // Chromium notes the status of answers we mean to be refusals, and what it will load once more
      expect(complaints.filter((text) => !/status of 40[13]|ERR_NETWORK_CHANGED/.test(text))).toEqual([])
    },
  )
})
