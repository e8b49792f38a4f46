/**
 * nginx, Caddy, Envoy and HAProxy by the recipes of deploy/, and a real browser that speaks HTTP/2 with them: somebody
 * signs in, the app's page opens a WebSocket and a stream of events, and what is too long is told by a page.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { launchBrowser, quietNetwork } from './browser.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { openProgram } from './doors/program.ts'
import { startDoor } from './doors/proxies.ts'
import { followed } from './doors/recipe.ts'

const PASSWORD = 'correct horse battery'
const MARK = 'test.labelgate=doors-browser'

/** A page that says who is there, thrice: by itself, by a WebSocket, by an event; and one with a form. */
const APP = `
const { createServer } = require('node:http'), { createHash } = require('node:crypto')
const FORM = '<form method="post" enctype="multipart/form-data"><input type="file" name="file"><button>Send</button></form>'
const PAGE = \`<p id="socket"></p><p id="event"></p><script>
new WebSocket(location.href.replace('http', 'ws')).onmessage = ({ data }) => (socket.textContent = data)
new EventSource('/events').onmessage = ({ data }) => (event.textContent = data)
const [socket, event] = ['socket', 'event'].map((id) => document.getElementById(id))
</script>\`
const who = ({ headers }) => headers['remote-user'] || 'nobody'
const server = createServer((req, res) => {
  if (req.url === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    return void res.write('data: ' + who(req) + '\\n\\n')
  }
  let size = 0
  req.on('data', (part) => (size += part.length))
  req.on('end', () => {
    res.setHeader('Content-Type', 'text/html')
    const said = req.url === '/form' ? (size > 0 ? 'got it' : '') + FORM : PAGE
    res.end('<!doctype html><title>app</title><p id="who">' + who(req) + '</p>' + said)
  })
})
server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1').update(req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  const word = Buffer.from(who(req))
  socket.write(Buffer.concat([Buffer.from([0x81, word.length]), word]))
  socket.on('error', () => {})
})
server.listen(80)`

const opened = new AsyncDisposableStack()
let certificate: Certificate
let browser: Browser
let folder: string

async function removeApp(): Promise<void> {
  const { stdout } = await execa('docker', ['ps', '-aq', '--filter', `label=${MARK}`])
  const ids = stdout.split('\n').filter((id) => id !== '')
  if (ids.length > 0) await execa('docker', ['rm', '-f', ...ids])
}

/** Sends a file of so many octets by the form of the page. */
async function sendFile(page: Page, octets: number): Promise<void> {
  await page.setInputFiles('input', { name: 'a', mimeType: 'text/plain', buffer: Buffer.alloc(octets, 'x') })
  await page.getByRole('button', { name: 'Send' }).click()
}

const parts = ['docker', 'node-image', 'chromium', 'nginx', 'caddy', 'envoy', 'haproxy'] as const
describeWith([...parts], 'a browser before proxies by their recipes', () => {
  beforeAll(async () => {
    await removeApp()
    opened.defer(removeApp)
    certificate = await makeCertificate(['*.browser.test'])
    folder = await mkdtemp(join(tmpdir(), 'labelgate-doors-browser-'))
    opened.defer(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'cert.pem'), certificate.certificate)
    await writeFile(join(folder, 'key.pem'), certificate.key)
    await writeFile(join(folder, 'tls.pem'), certificate.certificate + certificate.key)
    const labels = ['host=notes.browser.test', 'body-limit=1MB'].flatMap((label) => ['--label', `labelgate.${label}`])
    const image = ['--expose', '80', 'node:24-bookworm-slim', 'node', '-e', APP]
    await execa('docker', ['run', '-d', '--rm', '--label', MARK, ...labels, ...image])
    await quietNetwork()
    browser = opened.use(await launchBrowser([`--ignore-certificate-errors-spki-list=${certificate.spki}`]))
  }, 60_000)
  afterAll(() => opened.disposeAsync())

  test.for(['nginx', 'caddy', 'envoy', 'haproxy'] as const)('%s', { timeout: 60_000 }, async (name) => {
    const port = await freePort()
    await using running = new AsyncDisposableStack()
    const program = running.use(await openProgram(`https://auth.browser.test:${port}`))
    await program.run(['user', 'add', 'alice'], PASSWORD)
    await program.start()
    const [cert, key, pem] = ['cert.pem', 'key.pem', 'tls.pem'].map((file) => join(folder, file))
    const places = { port, certificate: cert ?? '', key: key ?? '', pem: pem ?? '' }
    running.use(await startDoor({ name, port, files: await followed(name, program, places) }))
    const page = await browser.newPage()
    page.setDefaultTimeout(10_000)

    const address = `https://notes.browser.test:${port}/page?q=caf%C3%A9`
    await page.goto(address)
    await page.getByLabel('User name').fill('alice')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(address)
    const protocol = 'performance.getEntriesByType("navigation")[0].nextHopProtocol'
    expect([await page.textContent('#who'), await page.evaluate(protocol)]).toEqual(['alice', 'h2'])
    for (const id of ['#socket', '#event']) await page.locator(id).getByText('alice').waitFor()

    // nginx tells nothing of a refused upload while a stream of events beside it is silent
    await page.goto(`https://notes.browser.test:${port}/form`)
    await sendFile(page, 900_000)
    await page.getByText('got it').waitFor()
    await sendFile(page, 1_100_000)
    // nginx keeps the status of it alone
    await page.getByText(name === 'nginx' ? 'too-large' : 'no more than 1 MB at once').waitFor()
    await page.close()
  })
})
