/** The guard as `labelgate` opens it: its files, what it says of containers, and when it has Traefik look again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Held } from '../../src/config/current.ts'
import type { Configured, GuardSettings } from '../../src/config/settings.ts'
import { EXIT } from '../../src/cli/exit.ts'
import { type GuardDeps, openGuard } from '../../src/cli/guard.ts'
import { settingsOf } from '../../src/cli/settings.ts'
import { Tables } from '../../src/cli/tables.ts'
import { linesOf } from '../../src/docker/lines.ts'
import { parseContainer } from '../../src/docker/parse.ts'
import { relay } from '../../src/docker/client.ts'
import { parseNetworks } from '../../src/syntax/networks.ts'
import { FakeDocker } from '../docker/fake-docker.ts'
import { row, type Row } from '../docker/rows.ts'
import { makeCertificate } from '../e2e/certificate.ts'
import { freePort } from '../free-port.ts'

type Line = Readonly<Record<string, unknown>>

async function given(tls?: GuardSettings['tls']): Promise<GuardSettings> {
  const networks = parseNetworks(['127.0.0.0/8'])
  if ('invalid' in networks) throw new Error('no networks')
  return { listen: { host: '127.0.0.1', port: await freePort() }, networks, ...(tls !== undefined && { tls }) }
}

function deps(host = 'unix:///nonexistent/docker.sock') {
  const settings = settingsOf({
    LABELGATE_PORTAL_URL: 'https://auth.example.com',
    LABELGATE_GUARD_LISTEN: '127.0.0.1:1',
  })
  const [lines, withheld, failures]: [Line[], number[], unknown[]] = [[], [], []]
  const note = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields })
  const config = new Held<Configured>(settings)
  const all = {
    settings,
    config,
    proxyKey: 'KeyKeyKey',
    relay: relay({ host }),
    version: () => undefined,
    log: { error: note('error'), warn: note('warn'), info: note('info') } as unknown as GuardDeps['log'],
    audit: { failed: (error) => void failures.push(error), refusedByGuard: () => undefined },
    metrics: { failed: () => undefined, guardRefused: () => undefined, withheld: (count) => void withheld.push(count) },
  } satisfies GuardDeps
  return { all, config, lines, withheld, failures }
}

describe('files of TLS', () => {
  let folder = ''
  const at = (name: string) => join(folder, name)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'labelgate-guard-files-'))
    const [one, other] = await Promise.all([makeCertificate(['one']), makeCertificate(['other'])])
    const files = { cert: one.certificate, key: one.key, 'other-key': other.key, ca: other.certificate, text: 'hello' }
    for (const [name, content] of Object.entries(files)) await writeFile(at(name), content)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.for([
    ['a certificate that is not there', 'CERT', { cert: 'none', key: 'key' }, 'ENOENT'],
    ['a key that is not there', 'KEY', { cert: 'cert', key: 'none' }, 'ENOENT'],
    ['an authority that is not there', 'CLIENT_CA', { cert: 'cert', key: 'key', clientCa: 'none' }, 'ENOENT'],
    ['a certificate that is none', 'CERT', { cert: 'text', key: 'key' }, 'cannot be used'],
    ['a key in place of the certificate', 'CERT', { cert: 'key', key: 'key' }, 'cannot be used'],
    ['a key that is none', 'KEY', { cert: 'cert', key: 'text' }, 'cannot be used'],
    ['a key of another certificate', 'KEY', { cert: 'cert', key: 'other-key' }, 'is not the key of'],
    ['an authority that is none', 'CLIENT_CA', { cert: 'cert', key: 'key', clientCa: 'text' }, 'cannot be used'],
  ] as const)('%s ends the program with 2 and names LABELGATE_GUARD_TLS_%s', async ([, option, names, why]) => {
    const { cert, key, ...others } = names
    const clientCa = 'clientCa' in others ? { clientCa: at(others.clientCa) } : {}
    const opened = openGuard(await given({ cert: at(cert), key: at(key), ...clientCa }), deps().all)
    await expect(opened).rejects.toMatchObject({ code: EXIT.usage, message: expect.stringContaining(why) })
    await expect(opened).rejects.toThrow(new RegExp(`^LABELGATE_GUARD_TLS_${option}: `))
  })

  test('which are good: the guard is there', async () => {
    await using guard = await openGuard(
      await given({ cert: at('cert'), key: at('key'), clientCa: at('ca') }),
      deps().all,
    )
    expect(guard).toBeDefined()
  })
})

test('an address that somebody else has ends the program, and names LABELGATE_GUARD_LISTEN', async () => {
  const settings = await given()
  await using first = await openGuard(settings, deps().all)
  expect(first).toBeDefined()
  await expect(openGuard(settings, deps().all)).rejects.toThrow(/^LABELGATE_GUARD_LISTEN: /)
})

describe('while it runs', () => {
  const NOTES = { 'labelgate.allow': 'user:alice', 'traefik.http.routers.notes.rule': 'Host(`notes.example.com`)' }
  const TYPO = { 'labelgate.alow': 'user:alice', 'traefik.http.routers.typo.rule': 'Host(`typo.example.com`)' }

  /** A fake daemon that runs these, and labelgate with a table of those it is said to know. */
  async function opened(rows: Row[]) {
    const docker = await FakeDocker.start()
    docker.rows = rows
    const it = deps(docker.host)
    const settings = await given()
    const guard = await openGuard(settings, it.all)
    const ask = async (path: string): Promise<IncomingMessage> => {
      const [answer] = (await once(get({ ...settings.listen, path, agent: false }), 'response')) as [IncomingMessage]
      return answer
    }
    const list = async () => {
      const answer = await ask('/containers/json?all=1')
      return (await answer.toArray()).join('')
    }
    const know = (known: readonly Row[]) => {
      const containers = new Map(known.map((row) => parseContainer(row)).map((one) => [one.id, one]))
      const tables = new Tables({ operator: it.all.settings.operator, self: () => undefined })
      guard.changed(tables.of({ containers, changed: 'all', syncedAt: 0 }), containers)
    }
    const stop = async () => {
      await guard[Symbol.asyncDispose]()
      await docker[Symbol.asyncDispose]()
    }
    return { ...it, docker, ask, list, know, [Symbol.asyncDispose]: stop }
  }

  test('there is no list before there is a table, and then that it has no portal is said, once', async () => {
    const rows = [row(1, { Labels: NOTES })]
    await using it = await opened(rows)
    expect((await it.ask('/containers/json')).statusCode).toBe(503)
    it.know(rows)
    it.know(rows)
    expect(await it.list()).toContain('authresponseheaders')
    expect(it.lines).toEqual([
      { level: 'warn', message: expect.stringContaining('give Traefik a router for the host') },
    ])
    expect(it.failures).toEqual([])
  })

  test('what is wrong with a container is said once, with its name, and again when it is mended', async () => {
    await using it = await opened([row(1, { Names: ['/typo'], Labels: TYPO })])
    it.know([])
    for (let n = 0; n < 3; n++) await it.list()
    it.docker.rows = []
    await it.list()
    expect(it.lines.slice(1)).toMatchObject([
      { level: 'error', container: 'typo', message: 'guard: a container is not as it should be' },
      { level: 'info', container: 'typo', message: 'guard: mended' },
    ])
    expect(it.withheld).toEqual([1, 1, 1, 0])
  })

  test('a container that the table comes to know after Traefik listed makes it list again', async () => {
    const rows = [row(1, { Labels: NOTES })]
    await using it = await opened(rows)
    it.know([])
    const events = linesOf(await it.ask('/events'), 1024)
    expect(await it.list()).not.toContain('authresponseheaders')
    it.know(rows)
    const { value } = await events.next()
    expect(JSON.parse(value ?? '')).toMatchObject({ Action: 'health_status: labelgate' })
    expect(await it.list()).toContain('authresponseheaders')
  })

  test('a table that changes nothing for Traefik tells it nothing', async () => {
    const rows = [row(1, { Labels: NOTES })]
    await using it = await opened(rows)
    it.know(rows)
    const events = linesOf(await it.ask('/events'), 1024)
    await it.list()
    const asked = it.docker.calls.length
    it.know(rows)
    await vi.waitFor(() => expect(it.docker.calls.length).toBeGreaterThan(asked), { timeout: 5000 })
    // its judgement is made when one that was asked for later is
    await it.list()
    it.docker.tell('start', 'one')
    const { value } = await events.next()
    expect(JSON.parse(value ?? '')).toMatchObject({ Action: 'start' })
  })
})
