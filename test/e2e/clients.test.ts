/**
 * Programs that cannot sign in, with what they have: curl, a WebDAV client, git, a service with a JWT. A real Traefik
 * by the file labelgate writes, the whole gate over SQLite, tokens made by the command. None ever sees a redirect, no
 * app ever sees a credential of ours. What deploy/clients.md says to write is what is written here.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { labelgate } from '../cli/fake-terminal.ts'
import { sign, signer, type Signer } from '../identity/bearer/issuer.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { type ClientApp, echo, gitServer, webdav } from './client-apps.ts'
import { openPlace, type Place } from './place.ts'

const PASSWORD = 'correct horse battery'

let running: AsyncDisposableStack
let folder: string
let place: Place
let apps: Record<'files' | 'git' | 'api' | 'router' | 'plain', ClientApp>
let devices: Signer
let issuer: string

/** As its discovery document says it, which is all that the recipe gives of it. */
async function issuerOfDevices(): Promise<string> {
  devices = await signer('d1')
  const server = createServer(({ url }, response) => {
    const document = { issuer: address, jwks_uri: `${address}/keys` }
    response.end(JSON.stringify(url === '/keys' ? { keys: [devices.jwk] } : document))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  running.defer(() => void server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return address
}

/** A bare repository with one commit. */
async function makeRepository(): Promise<void> {
  const [bare, work] = [join(folder, 'git/repo.git'), join(folder, 'seed')]
  await execa('git', ['init', '--bare', '--initial-branch=main', bare])
  await execa('git', ['-C', bare, 'config', 'http.receivepack', 'true'])
  await execa('git', ['clone', '--quiet', bare, work])
  await writeFile(join(work, 'README'), 'hello\n')
  await execa('git', ['-C', work, 'add', '.'])
  await execa('git', ['-C', work, ...AUTHOR, 'commit', '--quiet', '-m', 'first'])
  await execa('git', ['-C', work, 'push', '--quiet', 'origin', 'HEAD:main'])
}

const AUTHOR = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']

async function serve(): Promise<void> {
  issuer = await issuerOfDevices()
  const secret = join(folder, 'router')
  await writeFile(secret, 'of the router\n')
  const file = [
    recipe('clients.md#Tokens'),
    recipe('clients.md#JWTs', { 'https://devices.example.com': issuer }),
    recipe('clients.md#An app with a password of its own', { '/run/secrets/router': secret }),
  ].join('')
  const [bearer, router] = [labels('clients.md#JWTs#2'), labels('clients.md#An app with a password of its own#2')]
  const signed = labels('clients.md#Who is there, signed')
  apps = {
    files: await echoed(webdav('files', 'host=files.example.com\naccept=session, token, basic')),
    git: await echoed(gitServer('git', 'host=git.example.com\nallow=group:staff', join(folder, 'git'))),
    api: await echoed(echo('api', { host: 'api.example.com', ...bearer, ...signed })),
    router: await echoed(echo('router', { host: 'router.example.com', public: '/open/**', ...router })),
    plain: await echoed(echo('plain', 'host=plain.example.com\npublic=/open/**')),
  }
  place = running.use(await openPlace(file, Object.values(apps)))
  await place.gate.accounts.add({ name: 'alice', password: PASSWORD, groups: ['staff'] }, Date.now())
}

/** What a recipe says of a container. */
function labels(place: string): Record<string, string> {
  return (parse(recipe(place)) as { labels: Record<string, string> }).labels
}

async function echoed(app: Promise<ClientApp>): Promise<ClientApp> {
  return running.use(await app)
}

/** The token the command prints, once the server knows it. */
async function newToken(words = ''): Promise<string> {
  const said = await labelgate(`token add alice --name test${words}`, { env: place.env })
  const [text = ''] = said.out
  expect(said.code).toBe(0)
  await expect
    .poll(async () => (await curl('plain', '/', ['-H', `Authorization: Bearer ${text}`])).status, { timeout: 3000 })
    .not.toBe(401)
  return text
}

interface Said {
  readonly status: number
  readonly body: string
}

/** curl as a person types it. It follows no redirect: were there one, it would be the status. */
async function curl(app: string, path: string, options: readonly string[]): Promise<Said> {
  const host = `${app}.example.com`
  const resolve = ['--resolve', `${host}:${place.traefik.web}:127.0.0.1`]
  const common = ['--silent', '--write-out', '\n%{http_code}', ...resolve]
  const { stdout } = await execa('curl', [...common, ...options, `http://${host}:${place.traefik.web}${path}`])
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
}

const everySeen = () => JSON.stringify(Object.values(apps).map(({ received }) => received))
const lastOf = (app: ClientApp) => app.received.at(-1) ?? expect.fail('nothing reached the app')

describeWith(['traefik', 'git', 'curl'], 'programs that cannot sign in', () => {
  beforeAll(async () => {
    running = new AsyncDisposableStack()
    folder = await mkdtemp(join(tmpdir(), 'labelgate-clients-'))
    running.defer(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'git'))
    await makeRepository()
    await serve()
  }, 60_000)
  afterAll(() => running.disposeAsync())
  beforeEach(() => {
    for (const app of Object.values(apps)) app.received.length = 0
  })

  describe('curl with a token', () => {
    test.for<[string, (token: string) => readonly string[]]>([
      ['as Bearer', (token) => ['-H', `Authorization: Bearer ${token}`]],
      ['as the password of Basic', (token) => ['-u', `alice:${token}`]],
      ['in the header of the operator’s choice', (token) => ['-H', `X-Api-Key: ${token}`]],
    ])('%s', async ([, options]) => {
      const token = await newToken()
      const answer = await curl('plain', '/x', options(token))
      expect(answer).toMatchObject({ status: 200 })
      expect(lastOf(apps.plain)).toMatchObject({ 'remote-user': 'alice', 'remote-groups': 'staff' })
      for (const name of ['authorization', 'x-api-key']) expect(lastOf(apps.plain)).not.toHaveProperty(name)
      expect(everySeen()).not.toContain(token.slice(3))
    })

    test('beside the app’s own Authorization, which arrives as it was sent', async () => {
      const token = await newToken()
      const own = 'Bearer of-the-app.x.y'
      await curl('plain', '/x', ['-H', `X-Api-Key: ${token}`, '-H', `Authorization: ${own}`])
      expect(lastOf(apps.plain)).toMatchObject({ 'remote-user': 'alice', authorization: own })
    })

    test('the app’s own Authorization arrives on a public path too', async () => {
      expect((await curl('plain', '/open/x', ['-u', 'app:secret'])).status).toBe(200)
      const authorization = `Basic ${Buffer.from('app:secret').toString('base64')}`
      expect(lastOf(apps.plain)).toMatchObject({ authorization })
    })

    test('for another app: 403', async () => {
      const { out } = await labelgate('token add alice --name narrow --apps files', { env: place.env })
      const token: readonly string[] = ['-H', `Authorization: Bearer ${out[0]}`]
      await expect.poll(async () => (await curl('plain', '/x', token)).status).toBe(403)
      expect((await curl('files', '/', token)).status).toBe(404)
      expect(apps.plain.received).toEqual([])
    })

    test('that was taken back: 401 within a second', async () => {
      const token = await newToken()
      const list = JSON.parse((await labelgate('token list --json', { env: place.env })).out.join('\n')) as {
        id: string
      }[]
      const { code } = await labelgate(`token remove ${list.at(-1)?.id}`, { env: place.env })
      expect(code).toBe(0)
      const status = async () => (await curl('plain', '/', ['-u', `:${token}`])).status
      await expect.poll(status, { timeout: 1000, interval: 50 }).toBe(401)
    })

    test('that was mistyped, or none: 401 and no redirect, whatever it accepts', async () => {
      for (const options of [
        [],
        ['-H', 'Accept: text/html', '-H', 'Authorization: Bearer lg_x'],
        ['-u', 'alice:wrong'],
      ])
        expect(await curl('plain', '/', options)).toMatchObject({ status: 401 })
      expect(apps.plain.received).toEqual([])
    })
  })

  describe('a WebDAV client, as Nextcloud’s are', () => {
    const agent = ['-A', 'Mozilla/5.0 (Linux) mirall/3.14 (Nextcloud)']

    test.for(['token', 'password'])('with a %s: it waits to be asked, then puts, lists and gets', async (kind) => {
      const secret = kind === 'token' ? await newToken() : PASSWORD
      // --anyauth: nothing is shown before a challenge says what is wanted
      const client = [...agent, '--anyauth', '-u', `alice:${secret}`]
      const put = await curl('files', `/dav/${kind}.txt`, [...client, '-X', 'PUT', '--data-binary', `by ${kind}`])
      expect(put).toMatchObject({ status: 201 })
      const list = await curl('files', '/dav/', [...client, '-X', 'PROPFIND', '-H', 'Depth: 1'])
      expect(list).toMatchObject({ status: 207, body: expect.stringContaining(`/dav/${kind}.txt`) })
      expect(await curl('files', `/dav/${kind}.txt`, client)).toMatchObject({ status: 200, body: `by ${kind}` })
      expect(lastOf(apps.files)).toMatchObject({ 'remote-user': 'alice' })
      expect(everySeen()).not.toMatch(/authorization/i)
    })
  })

  describe('git over HTTP', () => {
    const git = (cwd: string, ...words: string[]) =>
      execa(
        'git',
        [
          '-c',
          `http.curloptResolve=git.example.com:${place.traefik.web}:127.0.0.1`,
          '-c',
          'http.followRedirects=false',
          ...AUTHOR,
          ...words,
        ],
        {
          cwd,
          reject: false,
          env: { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', HOME: folder },
        },
      )
    const address = (user: string) => `http://${user}git.example.com:${place.traefik.web}/repo.git`

    test('clones and pushes with a token as password', async () => {
      const token = await newToken()
      const clone = await git(folder, 'clone', '--quiet', address(`x:${token}@`), 'clone')
      expect([clone.exitCode, clone.stderr]).toEqual([0, ''])
      const work = join(folder, 'clone')
      expect(await readFile(join(work, 'README'), 'utf8')).toBe('hello\n')
      await writeFile(join(work, 'README'), 'changed\n')
      expect((await git(work, 'commit', '--quiet', '-am', 'second')).exitCode).toBe(0)
      expect((await git(work, 'push', '--quiet')).exitCode).toBe(0)
      expect(lastOf(apps.git)).toMatchObject({ 'remote-user': 'alice' })
      expect(everySeen()).not.toMatch(/authorization/i)
    })

    test('is asked for a password where it has none, and refused where it is wrong', async () => {
      expect((await git(folder, 'ls-remote', address(''))).stderr).toMatch(/could not read Username/)
      expect((await git(folder, 'ls-remote', address('x:lg_wrong@'))).stderr).toMatch(/Authentication failed/)
      expect(apps.git.received).toEqual([])
    })
  })

  describe('a service with a JWT of its own issuer', () => {
    const claims = () => {
      const now = Math.floor(Date.now() / 1000)
      return { iss: issuer, aud: 'https://api.example.com', scope: 'read', iat: now, exp: now + 60 }
    }

    test('is who the token says, and the app sees a statement in its place', async () => {
      const jwt = await sign(devices, claims())
      expect(await curl('api', '/x', ['-H', `Authorization: Bearer ${jwt}`])).toMatchObject({
        status: 200,
      })
      const received = lastOf(apps.api)
      expect(received).toMatchObject({ 'remote-user': 'printer', 'remote-groups': 'devices' })
      expect(received).not.toHaveProperty('authorization')
      // as the recipe has it: the app verifies by the portal's published keys
      const { port } = place.gate.frontDoor.server.address() as AddressInfo
      const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/.well-known/jwks.json`))
      const portal = place.env['LABELGATE_PORTAL_URL'] ?? ''
      const statement = received['x-labelgate-assertion'] ?? ''
      const { payload } = await jwtVerify(statement, keys, { issuer: portal, audience: 'api' })
      expect(payload).toMatchObject({ sub: `${issuer}|device-7`, preferred_username: 'printer' })
    })

    test('may bring it in the cookie that the operator names, which the app never sees', async () => {
      const jwt = await sign(devices, claims())
      const answer = await curl('api', '/x', ['-H', `Cookie: theme=dark; device=${jwt}`])
      expect(answer).toMatchObject({ status: 200 })
      expect(lastOf(apps.api)).toMatchObject({ 'remote-user': 'printer', cookie: 'theme=dark' })
    })

    test('that has expired, is for another audience, lacks the scope, or is somebody’s password: 401', async () => {
      const old = await sign(devices, { ...claims(), exp: Math.floor(Date.now() / 1000) - 1 })
      const other = await sign(devices, { ...claims(), aud: 'other' })
      const unscoped = await sign(devices, { ...claims(), scope: undefined })
      const basic = `Basic ${btoa(`alice:${PASSWORD}`)}`
      for (const text of [`Bearer ${old}`, `Bearer ${other}`, `Bearer ${unscoped}`, basic])
        expect(await curl('api', '/x', ['-H', `Authorization: ${text}`])).toMatchObject({ status: 401 })
      expect(apps.api.received).toEqual([])
    })

    test('whose groups are others’: 403', async () => {
      const jwt = await sign(devices, { ...claims(), groups: ['phones'] })
      expect(await curl('api', '/x', ['-H', `Authorization: Bearer ${jwt}`])).toMatchObject({ status: 403 })
      expect(apps.api.received).toEqual([])
    })
  })

  describe('an app with a password of its own', () => {
    const own = `Basic ${btoa('admin:of the router')}`

    test('is shown it for whoever may, in place of what they showed', async () => {
      const token = await newToken()
      expect(await curl('router', '/x', ['-u', `alice:${token}`])).toMatchObject({ status: 200 })
      expect(lastOf(apps.router)).toMatchObject({ 'remote-user': 'alice', authorization: own })
    })

    test('is shown it only for somebody and never on a public path; other apps are never shown it', async () => {
      expect(await curl('router', '/x', [])).toMatchObject({ status: 401 })
      expect(await curl('router', '/open/x', [])).toMatchObject({ status: 200 })
      const token = await newToken()
      await curl('plain', '/x', ['-u', `alice:${token}`])
      expect(everySeen()).not.toMatch(/authorization/i)
    })
  })
})
