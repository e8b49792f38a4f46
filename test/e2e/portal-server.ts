/**
 * The portal at `auth.test` and, on the same port, an app at `app.test` whose proxy shows our pages at `/page/<name>`
 * and which sends whoever arrives on to `third.test`. Behind the portal stand the hand-written stand-ins of
 * test/http/portal/fixture.ts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as appPages from '../../src/http/pages/app-pages.ts'
import { pageHeaders, type Page } from '../../src/http/pages/page.ts'
import type { Site } from '../../src/http/pages/site.ts'
import { portalFixture, type Fixture } from '../http/portal/fixture.ts'
import { tableOf } from '../http/portal/table.ts'

export interface PortalServer {
  readonly fixture: Fixture
  /** `http://auth.test:<port>`; `app` and `third` likewise. */
  readonly portal: string
  readonly app: string
  readonly third: string
  close(): Promise<void>
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Ccircle cx='4.5' cy='4.5' r='4.5' fill='%23d2527f'/%3E%3C/svg%3E"

export async function startPortalServer(): Promise<PortalServer> {
  let answer: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => res.destroy()
  const server = createServer((req, res) => answer(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const [portal, app, third] = ['auth', 'app', 'third'].map((name) => `http://${name}.test:${port}`) as [
    string,
    string,
    string,
  ]
  const fixture = portalFixture({ origin: portal, host: 'auth.test', secure: false })
  fixture.table.current = standardApps()
  await fixture.app.ready()
  answer = (req, res) => {
    if (req.headers.host === `auth.test:${port}`) fixture.app.routing(req, res)
    else answerApp(fixture.deps.site, req.url ?? '/', third, res)
  }
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await fixture.app.close()
  }
  return { fixture, portal, app, third, close }
}

function standardApps() {
  const stop = 'a-name-of-a-host-that-goes-on-and-on-and-does-not-stop-soon.internal.test'
  return tableOf(
    { id: 'app', hosts: ['app.test'], card: { title: 'App', description: 'What it is good for, in a few words' } },
    { id: 'wiki', hosts: ['tools.test'], path: '/wiki', card: { title: 'Wiki' } },
    { id: 'photos', hosts: ['photos.test'], card: { title: 'Photos', icon: ICON } },
    { id: 'long', hosts: [stop], card: { title: 'A title that is longer than the card it stands on is wide' } },
  )
}

function answerApp(site: Site, path: string, third: string, res: ServerResponse): void {
  const page = path.startsWith('/page/') ? shownOnApp(site, path.slice('/page/'.length)) : undefined
  if (page !== undefined) res.writeHead(200, pageHeaders(page)).end(page.html)
  else if (path.startsWith('/.labelgate/callback')) res.writeHead(303, { location: '/start' }).end()
  else if (path === '/start') res.writeHead(302, { location: `${third}/last` }).end()
  else res.writeHead(200, { 'content-type': 'text/html' }).end('<title>app</title>the app itself')
}

function shownOnApp(site: Site, name: string): Page | undefined {
  const host = 'app.test'
  const returnTo = `${site.origin.replace('auth.test', host)}/denied`
  const pages: Record<string, Page> = {
    forbidden: appPages.forbiddenPage(site, { account: 'alice', app: 'App', host, reason: 'not-allowed', returnTo }),
    'too-large': appPages.tooLargePage(site, 25_000_000, host),
    'not-ready': appPages.notReadyPage(site, 'gate', host),
    'not-running': appPages.notReadyPage(site, 'app', host),
    'unknown-host': appPages.unknownHostPage(site, host),
    'sign-in-broken': appPages.signInBrokenPage(site, { why: 'no-cookie', start: returnTo }),
    error: appPages.errorPage(site, 500),
  }
  return pages[name]
}
