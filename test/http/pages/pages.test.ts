import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as appPages from '../../../src/http/pages/app-pages.ts'
import { portalErrorPage } from '../../../src/http/pages/error-pages.ts'
import { cannotMeetPage, lostPage, notAdmittedPage } from '../../../src/http/pages/provider-pages.ts'
import { homePage, setUpPage, signInPage, signOutPage } from '../../../src/http/pages/portal-pages.ts'
import { openSite } from '../../../src/http/pages/site.ts'
import { render } from '../../../src/http/pages/templates.ts'
import { httpsPortal } from '../portal/fixture.ts'

const HOSTILE = '"><script>alert(1)</script>\'&'
const LONG = 'https://app.example.com/'.padEnd(4000, 'ä')
const site = openSite(httpsPortal, { title: 'Example' })
const longSite = { ...site, title: 'A name that an operator gave to it, and that is rather long' }

const forbidden = {
  account: 'alice',
  app: 'Notes',
  host: 'app.example.com',
  reason: 'not-allowed',
  returnTo: 'https://app.example.com/x',
} as const

test.for([
  [
    'forbidden',
    appPages.forbiddenPage(longSite, { ...forbidden, account: 'a'.repeat(300), app: 'b'.repeat(300), returnTo: LONG }),
  ],
  [
    'forbidden to everybody',
    appPages.forbiddenPage(longSite, { app: 'x', host: 'c'.repeat(253), reason: 'conflict', returnTo: LONG }),
  ],
  ['not ready', appPages.notReadyPage(longSite, 'gate', 'c'.repeat(253))],
  ['not running', appPages.notReadyPage(longSite, 'app', 'c'.repeat(253))],
  ['too large', appPages.tooLargePage(longSite, 2 ** 53, 'c'.repeat(253))],
  ['error', appPages.errorPage(longSite, 500)],
  ['unknown host', appPages.unknownHostPage(longSite, 'c'.repeat(253))],
  ['broken sign-in', appPages.signInBrokenPage(longSite, { why: 'no-cookie', start: 'https://app.example.com/' })],
] as const)('H-31: the page "%s" is complete and below 4 kB, and takes everything from the portal', ([, page]) => {
  expect(Buffer.byteLength(page.html)).toBeLessThan(4096)
  expect(page.html).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(page.html).toContain('</html>')
  expect(page.html).toContain(`<link rel="stylesheet" href="https://auth.example.com${site.style}">`)
  expect(page.html).not.toMatch(/(?:src|href)="\/|<script|<form|style="/)
  expect(page.policy).toBe(
    "default-src 'none'; style-src https://auth.example.com; img-src https://auth.example.com; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  )
})

test('the forbidden page says who is signed in, for which app, and leads to another account and home', () => {
  const { html } = appPages.forbiddenPage(site, forbidden)
  for (const part of [
    '<dd>alice</dd>',
    '<dd>Notes</dd>',
    '<dd>app.example.com</dd>',
    'href="https://auth.example.com/logout?rd=https%3A%2F%2Fapp.example.com%2Fx"',
    'href="https://auth.example.com/"',
  ])
    expect(html).toContain(part)
})

test('why an account is refused is the same for denied and not allowed', () => {
  const denied = appPages.forbiddenPage(site, { ...forbidden, reason: 'denied' })
  expect(denied).toEqual(appPages.forbiddenPage(site, forbidden))
})

test('an app whose labels are wrong says so without saying how', () => {
  const { html } = appPages.forbiddenPage(site, { ...forbidden, reason: 'broken-labels' })
  expect(html).toContain('closed to everybody')
})

test('C-22: whatever a page is given, it escapes', () => {
  const evil = { ...site, title: HOSTILE }
  const pages = [
    appPages.forbiddenPage(evil, {
      account: HOSTILE,
      app: HOSTILE,
      host: HOSTILE,
      reason: 'denied',
      returnTo: HOSTILE,
    }),
    appPages.unknownHostPage(evil, HOSTILE),
    appPages.notReadyPage(evil, 'app', HOSTILE),
    appPages.tooLargePage(evil, 1000, HOSTILE),
    appPages.signInBrokenPage(evil, { why: 'used', start: HOSTILE }),
    signInPage(evil, { host: HOSTILE, carried: { rd: HOSTILE }, problem: HOSTILE, again: { user: HOSTILE } }),
    setUpPage(evil, { carried: { token: HOSTILE }, username: HOSTILE, problem: HOSTILE }),
    signOutPage(evil, HOSTILE, { [HOSTILE]: HOSTILE }),
    homePage(evil, [{ title: HOSTILE, url: 'https://x.example.com/', icon: HOSTILE, description: HOSTILE }], {
      account: HOSTILE,
      carried: {},
    }),
    signInPage(evil, {
      host: HOSTILE,
      carried: {},
      providers: [{ name: HOSTILE, title: HOSTILE, origin: 'https://idp.example' }],
    }),
    notAdmittedPage(evil, { account: HOSTILE, provider: HOSTILE, another: `/login?rd=${HOSTILE}` }),
    lostPage(evil, `/login?rd=${HOSTILE}`),
    cannotMeetPage(evil, { demand: { mfa: true }, host: HOSTILE, another: HOSTILE, provider: HOSTILE }),
    portalErrorPage(evil, 404),
  ]
  for (const { html } of pages) {
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toMatch(/<script/)
  }
})

test('a template without one of its values is a fault, not the word "undefined"', () => {
  expect(() => render('notice', { site, heading: 'x', texts: [undefined], facts: [], links: [] })).toThrow(TypeError)
})

test('where a form may lead to is as narrow as the page allows', () => {
  const of = (host?: string) => signInPage(site, { host, carried: {} }).policy
  expect(of()).toContain("form-action 'self';")
  expect(of('app.example.com')).toContain("form-action 'self' https:;")
  const plain = { ...site, secure: false }
  expect(signInPage(plain, { host: 'app.localhost', carried: {} }).policy).toContain("form-action 'self' http: https:;")
  // Chromium holds the whole way to the provider and back to `form-action`
  const byWay = (origin: string) =>
    signInPage(site, { host: undefined, carried: {}, providers: [{ name: 'idp', title: 'IdP', origin }] }).policy
  expect(byWay('https://idp.example')).toContain("form-action 'self' https:;")
  expect(byWay('http://idp.lan:8080')).toContain("form-action 'self' https: http://idp.lan:8080;")
})

test('every error has words, and none has the same for a fault of ours and of theirs', () => {
  const headings = [400, 403, 404, 405, 413, 415, 500, 503].map(
    (status) => /<h1>(.*)<\/h1>/.exec(portalErrorPage(site, status).html)?.[1],
  )
  expect(headings).not.toContain(undefined)
  expect(headings.filter((heading) => heading === 'Something went wrong')).toHaveLength(1)
})

const folder = mkdtempSync(join(tmpdir(), 'labelgate-logo-'))
function logo(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('the operator’s own logo takes the place of ours, by what the file is', () => {
  const png = Buffer.from('89504e470d0a1a0a00', 'hex')
  const own = openSite(httpsPortal, { title: 'T', logo: logo('named.svg', png) })
  expect(own.logo).toMatch(/^\/assets\/logo-[0-9a-f]{12}\.png$/)
  expect(own.assets.get(own.logo)).toEqual({ body: png, type: 'image/png', immutable: true })
  const svg = openSite(httpsPortal, { title: 'T', logo: logo('x', '<svg xmlns="http://www.w3.org/2000/svg"/>') })
  expect(svg.assets.get(svg.logo)?.type).toBe('image/svg+xml')
})

test.for([
  ['is not there', () => join(folder, 'none.png'), 'cannot be read'],
  ['is no image', () => logo('page.html', '<html>'), 'neither an SVG nor a PNG'],
  ['is too large', () => logo('big.svg', '<svg>'.padEnd(257 * 1024)), 'larger than 256 KiB'],
] as const)('a logo that %s is refused at start, by the option’s name', ([, path, words]) => {
  const file = path()
  expect(() => openSite(httpsPortal, { title: 'T', logo: file })).toThrow(`LABELGATE_LOGO: ${file}`)
  expect(() => openSite(httpsPortal, { title: 'T', logo: file })).toThrow(words)
})
