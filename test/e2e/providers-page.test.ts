/**
 * To a provider and back in Chromium, over TLS: it holds the whole chain of redirects behind a form to the page's
 * `form-action`, there and back and into the app.
 */
import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openHouse, type House } from '../identity/oidc/house.ts'
import { startCertified } from '../identity/oidc/certified.ts'
import { describeWith } from '../parts.ts'
import { launchBrowser } from './browser.ts'
import { makeCertificate, type Certificate } from './certificate.ts'
import { inspect } from './page-checks.ts'

const FINE = { overflow: 0, nameless: [], faint: [], small: [], lang: 'en', headings: 1 }

describeWith(['chromium'], 'providers, in a browser', () => {
  let certificate: Certificate
  let browser: Browser
  let server: Server
  let answer: (...args: Parameters<House['app']['routing']>) => void = () => undefined

  beforeAll(async () => {
    certificate = await makeCertificate(['auth.example.com', 'app.example.com'])
    server = createServer({ key: certificate.key, cert: certificate.certificate }, (req, res) => {
      if (req.headers.host === 'auth.example.com') answer(req, res)
      else res.writeHead(200, { 'content-type': 'text/html' }).end(`<title>app</title>${req.url}`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    browser = await launchBrowser([
      `--host-resolver-rules=MAP *.example.com 127.0.0.1:${port}`,
      `--ignore-certificate-errors-spki-list=${certificate.spki}`,
    ])
  })
  afterAll(async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
  })

  async function setting(withAccount: boolean): Promise<{ house: House; page: Page; violations: string[] }> {
    const idp = await startCertified()
    onTestFinished(() => idp[Symbol.asyncDispose]())
    idp.accounts.set('alice', ['users'])
    const house = await openHouse([idp.config()])
    const root = { name: 'root', password: 'correct horse battery staple', groups: [] }
    if (withAccount) await house.people.accounts.add(root, house.now())
    answer = (req, res) => house.app.routing(req, res)
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const violations: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text())
    })
    return { house, page, violations }
  }

  const RD = `/login?rd=${encodeURIComponent('https://app.example.com/notes?id=7')}&n=${'n'.repeat(43)}`

  test('the button leads to the provider, back, and into the app; signing out leads there again', async () => {
    const { page, violations } = await setting(true)
    await page.goto(`https://auth.example.com${RD}`)
    expect(await inspect(page)).toMatchObject(FINE)
    await page.getByRole('button', { name: 'Continue with The IdP' }).click()
    await page.waitForURL(/^https:\/\/app\.example\.com\/\.labelgate\/callback\?code=/)
    await page.goto('https://auth.example.com/')
    expect(await page.textContent('.account strong')).toBe('alice')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/session\/end\?/)
    await page.goto('https://auth.example.com/login')
    expect(await page.textContent('h1')).toBe('Sign in')
    expect(violations).toEqual([])
  })

  test('where there is one way, nobody presses a button', async () => {
    const { page } = await setting(false)
    await page.goto(`https://auth.example.com${RD}`)
    await page.waitForURL(/^https:\/\/app\.example\.com\/\.labelgate\/callback\?code=/)
    await page.goto('https://auth.example.com/signed-out')
    await page.getByRole('link', { name: 'Sign in again' }).click()
    expect(await page.textContent('h1')).toBe('Sign in')
  })

  test('a password form on the same page works beside it', async () => {
    const { page, violations } = await setting(true)
    await page.goto('https://auth.example.com/login')
    await page.getByLabel('User name').fill('root')
    await page.getByLabel('Password').fill('correct horse battery staple')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('https://auth.example.com/')
    expect(violations).toEqual([])
  })
})
