/** Certificates are chosen by name, taken over when their files change, and refused where they could not be used. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect as connectSecond } from 'node:http2'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer, WebSocket } from 'ws'
import { Certificates } from '../../../src/http/gateway/certificates.ts'
import { makeCertificate, type Certificate } from '../../e2e/certificate.ts'
import { listening, openApp, openGateway } from './fixture.ts'

async function openFiles(...names: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-certificates-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const files = names.map((name) => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) }))
  const put = async (i: number, made: Partial<Pick<Certificate, 'certificate' | 'key'>>) => {
    const { cert, key } = files[i] as (typeof files)[0]
    if (made.certificate !== undefined) await writeFile(cert, made.certificate)
    if (made.key !== undefined) await writeFile(key, made.key)
  }
  const heard: string[] = []
  const open = async () => {
    const options = { files, heard: (change: { refused?: string }) => void heard.push(change.refused ?? 'taken') }
    return Certificates.open({ ...options, repeat: () => () => undefined })
  }
  return { files, put, open, heard }
}

/** The name in the certificate that a browser is shown for a name. */
async function shown(port: number, servername: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subjectaltname = '' }: PeerCertificate = socket.getPeerCertificate()
  socket.destroy()
  return subjectaltname
}

test('each name gets its own certificate, a wildcard’s too, and any other the first', async () => {
  const { put, open } = await openFiles('one', 'two')
  await put(0, await makeCertificate(['app.localhost']))
  await put(1, await makeCertificate(['*.example.test', 'auth.localhost']))
  const { port } = await openGateway({ ports: [1], certificates: await open() })
  expect(await shown(port, 'app.localhost')).toBe('DNS:app.localhost')
  expect(await shown(port, 'a.example.test')).toContain('example.test')
  expect(await shown(port, 'auth.localhost')).toContain('auth.localhost')
  expect(await shown(port, 'a.b.example.test')).toBe('DNS:app.localhost')
})

test('new ones are taken over while it runs, once both files are there; wrong ones are refused, once', async () => {
  const { put, open, heard } = await openFiles('one')
  await put(0, await makeCertificate(['old.test']))
  const certificates = await open()
  const { port } = await openGateway({ ports: [1], certificates })
  const next = await makeCertificate(['new.test'])
  await put(0, { certificate: next.certificate })
  await certificates.look()
  await put(0, { key: next.key })
  await certificates.look()
  expect([await shown(port, 'x.test'), heard]).toEqual(['DNS:old.test', []])
  await certificates.look()
  expect([await shown(port, 'x.test'), heard]).toEqual(['DNS:new.test', ['taken']])

  await put(0, { key: (await makeCertificate(['other.test'])).key })
  for (let i = 0; i < 4; i++) await certificates.look()
  expect(heard.slice(1)).toEqual([expect.stringMatching(/^LABELGATE_GATEWAY_TLS_KEY: .*is not the key of/)])
  expect(await shown(port, 'x.test')).toBe('DNS:new.test')
  await put(0, next)
  for (let i = 0; i < 4; i++) await certificates.look()
  expect(heard.slice(2)).toEqual(['taken'])
})

test.for([
  [
    'of another key',
    async () => ({ key: (await makeCertificate(['b.test'])).key }),
    /KEY: .*not the key of .*give the key/,
  ],
  ['that is none', () => ({ certificate: 'x' }), /CERT: .*holds no certificate: write it as PEM/],
  ['whose key is none', () => ({ key: 'secret-words' }), /KEY: .*holds no private key: write it as PEM/],
] as const)('a certificate %s is refused with the file, the reason and the mend', async ([, wrong, said]) => {
  const { put, open } = await openFiles('one')
  await put(0, { ...(await makeCertificate(['a.test'])), ...(await wrong()) })
  await expect(open()).rejects.toThrow(said)
  await expect(open()).rejects.not.toThrow('secret-words')
})

test('a file that is not there is named', async () => {
  const { open, files } = await openFiles('one')
  await expect(open()).rejects.toThrow(`LABELGATE_GATEWAY_TLS_CERT: ${files[0]?.cert}: is not there`)
})

test('over TLS an app is told https, HTTP/2 and HTTP/1.1 alike, and the portal is there by both', async () => {
  const { put, open } = await openFiles('one')
  const made = await makeCertificate(['app.localhost', 'auth.localhost'])
  await put(0, made)
  const heard: string[] = []
  const app = await openApp((req, res) => {
    heard.push(`${String(req.headers['x-forwarded-proto'])} ${req.headers.host} ${String(req.headers.cookie)}`)
    res.setHeader('Set-Cookie', ['a=1', 'b=2']).end('hello')
  })
  const { port } = await openGateway({ ports: [app], certificates: await open() })
  const client = connectSecond(`https://127.0.0.1:${port}`, { ca: made.certificate, servername: 'app.localhost' })
  onTestFinished(() => client.destroy())
  const get = async (authority: string, path: string) => {
    const stream = client.request({
      ':authority': authority,
      ':path': path,
      cookie: ['x=1', 'y=2'] as unknown as string,
    })
    const [head] = await once(stream, 'response')
    return { head, body: (await stream.toArray()).join('') }
  }
  const second = await get('app.localhost', '/')
  expect([second.head[':status'], second.head['set-cookie'], second.body]).toEqual([200, ['a=1', 'b=2'], 'hello'])
  const login = await get('auth.localhost', '/login')
  expect([login.head[':status'], login.body]).toEqual([200, expect.stringContaining('<form')])
  const first = request({
    host: '127.0.0.1',
    port,
    ca: made.certificate,
    servername: 'app.localhost',
    headers: { Host: 'app.localhost', Cookie: 'z=3' },
  }).end()
  await once(first, 'response')
  first.destroy()
  expect(heard).toEqual(['https app.localhost x=1; y=2', 'https app.localhost z=3'])
})

test('a WebSocket opens over TLS', async () => {
  const { put, open } = await openFiles('one')
  const made = await makeCertificate(['app.localhost'])
  await put(0, made)
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) =>
    socket.on('message', (word: Buffer) => socket.send(`you said ${word.toString()}`)),
  )
  const { port } = await openGateway({ ports: [await listening(server)], certificates: await open() })
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, {
    agent: new Agent({ ca: made.certificate, servername: 'app.localhost' }),
    headers: { Host: 'app.localhost' },
  })
  await once(socket, 'open')
  socket.send('hello')
  expect(String((await once(socket, 'message'))[0])).toBe('you said hello')
  socket.terminate()
})
