/** Sign-in by a real directory, and by real ones that misbehave. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { matches } from '../../src/authz/subject.ts'
import type { LdapConfig } from '../../src/config/operator-file.ts'
import type { Identity } from '../../src/identity/identity.ts'
import { LdapProvider } from '../../src/identity/ldap/provider.ts'
import { settings } from '../config/load-helper.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import {
  group,
  groupDn,
  person,
  personDn,
  SEARCHER,
  SIZE_LIMIT,
  startSlapd,
  SUFFIX,
  tree,
  type Slapd,
} from './slapd.ts'

const PASSWORD = 'correct horse battery staple'
const NOW = Date.UTC(2026, 10, 25)
const FILTER = '(member={dn})'

let slapd: Slapd

function config(more: Partial<LdapConfig> = {}): LdapConfig {
  return {
    type: 'ldap',
    name: 'corp',
    title: 'Corp',
    admit: ['*'],
    urls: [slapd.tls],
    ca: slapd.ca,
    startTls: false,
    allowPlain: false,
    bind: SEARCHER,
    userBase: `ou=people,${SUFFIX}`,
    userFilter: '(uid={username})',
    attributes: { user: 'uid', email: 'mail', name: 'cn', id: 'entryUUID' },
    groups: { name: 'cn', nested: false },
    refresh: 60_000,
    timeout: 5000,
    ...more,
  }
}

function groups(more: Partial<LdapConfig['groups']> = {}): Pick<LdapConfig, 'groups'> {
  return { groups: { name: 'cn', nested: false, base: `ou=groups,${SUFFIX}`, ...more } }
}

/** What was reported stands in `reports`, in words. */
function provider(more: Partial<LdapConfig> = {}, admits: (identity: Identity) => boolean = () => true) {
  const reports: string[] = []
  const clock = { elapsed: 1000 }
  const report = (error: Error) => void reports.push(words(error))
  const ldap = new LdapProvider(config(more), { admits, report, clock: () => clock.elapsed })
  onTestFinished(() => ldap.close())
  return Object.assign(ldap, { reports, clock })
}

function words(error: unknown): string {
  return error instanceof Error ? `${error.message}: ${words(error.cause)}` : ''
}

async function identityOf(ldap: LdapProvider, user: string): Promise<Identity> {
  const result = await ldap.signIn(user, PASSWORD, NOW)
  return result.kind === 'ok' ? result.identity : expect.fail(result.kind)
}

async function grantOf(ldap: LdapProvider, user: string): Promise<string> {
  const result = await ldap.signIn(user, PASSWORD, NOW)
  return result.kind === 'ok' && result.grant !== undefined ? result.grant : expect.fail(result.kind)
}

function modify(dn: string, ...lines: string[]): Promise<void> {
  return slapd.change('modify', [`dn: ${dn}`, 'changetype: modify', ...lines].join('\n'))
}

describeWith(['slapd'], 'LDAP', () => {
  beforeAll(async () => {
    slapd = await startSlapd()
    const many = Array.from({ length: SIZE_LIMIT + 10 }, (_, i) => group(`many-${i}`, personDn('joiner')))
    const most = Array.from({ length: 501 }, (_, i) => group(`most-${i}`, personDn('collector')))
    const deep = Array.from({ length: 12 }, (_, i) =>
      group(`deep-${i}`, i === 0 ? personDn('diver') : groupDn(`deep-${i - 1}`)),
    )
    const people = ['alice', 'bob', 'joiner', 'collector', 'diver', 'leaver', 'moved', 'a+b']
    await slapd.change(
      'add',
      [
        tree(),
        ...people.map((uid) => person(uid, PASSWORD)),
        person('zoë', PASSWORD),
        person('nopass', PASSWORD).replace(/\nuserPassword: .*/, ''),
        group('staff', personDn('alice'), personDn('leaver')),
        group('everybody', groupDn('staff'), groupDn('round')),
        group('round', groupDn('everybody')),
        ...many,
        ...most,
        ...deep,
      ].join('\n\n'),
    )
  }, 120_000)
  afterAll(() => slapd[Symbol.asyncDispose]())

  describe('who gets in', () => {
    const ways = {
      'a search, and groups by memberOf': {},
      'a search, and groups by their members': groups({ filter: FILTER }),
      'their own name, and another searches': {
        userDn: `uid={username},ou=people,${SUFFIX}`,
        ...groups({ filter: FILTER }),
      },
    } as const

    test.for(Object.entries(ways))('is who the entry says, found by %s', async ([, more]) => {
      const result = await provider(more).signIn('alice', PASSWORD, NOW)
      expect(result).toMatchObject({
        kind: 'ok',
        authentication: { provider: 'corp', at: NOW, amr: ['pwd'] },
        identity: {
          issuer: 'ldap:corp',
          subject: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          user: 'alice',
          email: 'alice@example.test',
          name: 'alice Example',
          groups: ['staff'],
        },
        grant: expect.any(String),
      })
      expect(result.kind === 'ok' && Object.getPrototypeOf(result.identity.claims)).toBeNull()
    })

    test('as themselves alone, where nobody else searches: then nobody can look again', async () => {
      const { bind: _, ...rest } = config({
        userDn: `uid={username},ou=people,${SUFFIX}`,
        ...groups({ filter: FILTER }),
      })
      const ldap = new LdapProvider(rest, { admits: () => true, report: (error) => expect.fail(words(error)) })
      onTestFinished(() => ldap.close())
      const result = await ldap.signIn('alice', PASSWORD, NOW)
      expect(result).toMatchObject({ kind: 'ok', identity: { user: 'alice', groups: ['staff'] } })
      expect(result).not.toHaveProperty('grant')
      expect(await ldap.signIn('alice', 'wrong', NOW)).toEqual({ kind: 'refused' })
      expect((await ldap.signIn('a+b', PASSWORD, NOW)).kind).toBe('ok')
    })

    test('without an attribute that stays, by their DN', async () => {
      const attributes = { ...config().attributes, id: 'objectGUID' }
      expect((await identityOf(provider({ attributes }), 'alice')).subject).toBe(personDn('alice'))
    })

    test('only whom `admit` names', async () => {
      const ldap = provider({}, ({ groups }) => groups.includes('staff'))
      expect((await ldap.signIn('alice', PASSWORD, NOW)).kind).toBe('ok')
      expect(await ldap.signIn('bob', PASSWORD, NOW)).toEqual({ kind: 'not-admitted' })
      expect(await ldap.signIn('bob', 'wrong', NOW)).toEqual({ kind: 'refused' })
    })
  })

  describe('who does not', () => {
    const strangers = [
      { what: 'an unknown name', user: 'nobody' },
      { what: 'the wrong password', user: 'alice', password: 'wrong' },
      { what: 'an empty password (RFC 4513 section 5.1.2)', user: 'alice', password: '' },
      { what: 'a NUL as the password', user: 'alice', password: '\0' },
      { what: 'G-12 NUL and more behind the password', user: 'alice', password: `${PASSWORD}\0anything` },
      { what: 'half a character', user: 'alice', password: '\ud800' },
      { what: 'a password without end', user: 'alice', password: PASSWORD.repeat(100) },
      { what: 'an entry without a password', user: 'nopass' },
      { what: 'a filter that matches everybody', user: '*' },
      { what: 'the end of a filter', user: '*)(uid=*' },
      { what: 'another filter', user: 'alice)(|(uid=*' },
      { what: 'NUL behind the name', user: 'alice\0' },
      { what: 'a further name', user: 'alice,ou=people' },
      { what: 'a further value', user: 'alice+cn=x' },
      { what: 'the name escaped', user: String.raw`\61lice` },
      { what: 'a quoted name', user: '"alice"' },
      { what: 'bytes of a name', user: '#0405616c696365' },
      { what: 'a number sign', user: '#' },
      { what: 'nothing', user: '' },
      { what: 'a name that is none here', user: 'zoë' },
    ]
    const ways = {
      'by a search': {},
      'by the name alone': { userDn: `uid={username},ou=people,${SUFFIX}` },
    }

    test.for(strangers.flatMap((row) => Object.entries(ways).map(([way, more]) => ({ ...row, way, more }))))(
      '$what, $way',
      async ({ user, password = PASSWORD, more }) => {
        expect(await provider(more).signIn(user, password, NOW)).toEqual({ kind: 'refused' })
      },
    )

    test('whoever is one of several of that name', async () => {
      const userFilter = '(|(uid={username})(uid=bob))'
      const ldap = provider({ userFilter })
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'refused' })
      expect((await ldap.signIn('bob', PASSWORD, NOW)).kind).toBe('ok')
    })

    test('whoever is one of more than the server gives', async () => {
      const all = provider({ userBase: SUFFIX, userFilter: '(|(uid={username})(objectClass=*))' })
      expect(await all.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'refused' })
    })

    const shut = [
      { what: 'disabled in Active Directory', line: 'userAccountControl: 514' },
      { what: 'expired in Active Directory', line: 'accountExpires: 132537600000000000' },
      { what: 'locked in 389 Directory Server', line: 'nsAccountLock: TRUE' },
      { what: 'locked in OpenLDAP', line: 'pwdAccountLockedTime: 000001010000Z' },
    ]
    test.for(shut)('E-30 an account $what, whose sessions end', async ({ line }) => {
      const [attribute] = line.split(':')
      const ldap = provider()
      const grant = await grantOf(ldap, 'bob')
      await modify(personDn('bob'), `add: ${attribute}`, line)
      expect(await ldap.signIn('bob', PASSWORD, NOW)).toEqual({ kind: 'refused' })
      ldap.clock.elapsed += ldap.refresh + 1
      expect(await ldap.renew(grant, NOW)).toEqual({ kind: 'ended' })
      await modify(personDn('bob'), `delete: ${attribute}`)
      expect((await ldap.signIn('bob', PASSWORD, NOW)).kind).toBe('ok')
    })
  })

  describe('groups', () => {
    const ways = { 'by memberOf': {}, 'by their members': { filter: FILTER } }

    test.for(Object.entries(ways))('of groups, in a circle too, %s', async ([, more]) => {
      const alice = await identityOf(provider(groups({ ...more, nested: true })), 'alice')
      expect(alice.groups).toEqual(['everybody', 'round', 'staff'])
      expect((await identityOf(provider(groups({ ...more, nested: true })), 'bob')).groups).toEqual([])
    })

    test.for(Object.entries(ways))(
      'are all of them or nobody gets in: deeper than is followed, %s',
      async ([, more]) => {
        const ldap = provider(groups({ ...more, nested: true }))
        expect(await ldap.signIn('diver', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
        expect(ldap.reports.join()).toContain('more than 10 levels')
      },
    )

    test('are all of them or nobody gets in: more than the server gives', async () => {
      const ldap = provider(groups({ filter: FILTER }))
      expect(await ldap.signIn('joiner', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(ldap.reports.join()).toContain('more entries than')
      expect((await identityOf(provider(groups()), 'joiner')).groups).toHaveLength(SIZE_LIMIT + 10)
    })

    test('are all of them or nobody gets in: more than are kept', async () => {
      const ldap = provider(groups())
      expect(await ldap.signIn('collector', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(ldap.reports.join()).toContain('more than 500 groups')
    })

    test('E-16 there is nobody in a group that the directory does not have', async () => {
      const none = groups({ filter: '(nosuchattribute={dn})' })
      expect((await identityOf(provider(none), 'alice')).groups).toEqual([])
    })
  })

  describe('renewal', () => {
    test('tells who they are now, within `refresh`, and asks once for all of a person’s sessions', async () => {
      const ldap = provider(groups({ filter: FILTER }))
      const grant = await grantOf(ldap, 'leaver')
      expect(await ldap.renew(grant, NOW)).toMatchObject({
        kind: 'ok',
        identity: { user: 'leaver', groups: ['staff'] },
      })
      await modify(groupDn('staff'), 'delete: member', `member: ${personDn('leaver')}`)
      expect((await identityOf(ldap, 'leaver')).groups).toEqual([])
      const later = provider(groups({ filter: FILTER }))
      expect(await later.renew(grant, NOW)).toMatchObject({ kind: 'ok', identity: { groups: [] } })
      await modify(groupDn('staff'), 'add: member', `member: ${personDn('leaver')}`)
      expect(await later.renew(grant, NOW)).toMatchObject({ kind: 'ok', identity: { groups: [] } })
      later.clock.elapsed += later.refresh + 1
      expect(await later.renew(grant, NOW)).toMatchObject({ kind: 'ok', identity: { groups: ['staff'] } })
      expect(2 * later.refresh).toBe(config().refresh)
    })

    test('ends for whom `admit` does not name any more', async () => {
      let admitted = true
      const ldap = provider({}, () => admitted)
      const grant = await grantOf(ldap, 'alice')
      admitted = false
      expect(await ldap.renew(grant, NOW)).toEqual({ kind: 'ended' })
    })

    test('ends for whom the filter does not find any more', async () => {
      const userFilter = `(&(uid={username})(memberOf=${groupDn('staff')}))`
      const grant = await grantOf(provider({ userFilter }), 'leaver')
      await modify(groupDn('staff'), 'delete: member', `member: ${personDn('leaver')}`)
      expect(await provider({ userFilter }).renew(grant, NOW)).toEqual({ kind: 'ended' })
    })

    test('ends for whoever is gone, and whoever came after them is somebody else', async () => {
      const grant = await grantOf(provider(), 'moved')
      await slapd.change('modify', `dn: ${personDn('moved')}\nchangetype: delete`)
      expect(await provider().renew(grant, NOW)).toEqual({ kind: 'ended' })
      await slapd.change('add', person('moved', PASSWORD))
      expect(await provider().renew(grant, NOW)).toEqual({ kind: 'ended' })
      expect((await provider().signIn('moved', PASSWORD, NOW)).kind).toBe('ok')
    })

    test.for(['', 'null', '[]', '["a","b",3]', '{"dn":"x"}'])('ends for what is no grant: %s', async (grant) => {
      expect(await provider().renew(grant, NOW)).toEqual({ kind: 'ended' })
    })
  })

  describe('TLS', () => {
    test('StartTLS', async () => {
      expect((await identityOf(provider({ urls: [slapd.plain], startTls: true }), 'alice')).groups).toEqual(['staff'])
    })

    const untrusted = {
      'a CA that nobody named': () => ({ urls: [slapd.tls] }),
      'a CA that nobody named, StartTLS': () => ({ urls: [slapd.plain], startTls: true }),
    }
    test.for(Object.entries(untrusted))('%s: nobody is asked', async ([, more]) => {
      const { ca: _, ...rest } = config(more())
      const reports: string[] = []
      const ldap = new LdapProvider(rest, { admits: () => true, report: (error) => void reports.push(words(error)) })
      onTestFinished(() => ldap.close())
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(reports.join()).toMatch(/unable to (verify|get)|self-signed/)
    })

    test.for([false, true])('a certificate of another name: nobody is asked (StartTLS: %s)', async (startTls) => {
      const urls = [(startTls ? slapd.plain : slapd.tls).replace('localhost', '127.0.0.1')]
      const ldap = provider({ urls, startTls })
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(ldap.reports.join()).toContain("does not match certificate's altnames")
    })

    test('a server that knows no TLS is told nothing', async () => {
      await using simple = await startSlapd({ certificate: false })
      await using between = await listenBetween(simple.plain)
      const ldap = provider({ urls: [between.url], startTls: true })
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(between.heard()).not.toBe('')
      expect(between.heard()).not.toMatch(/searcher|alice|correct horse/)
    })

    test('what is slipped in before TLS is not read as said within it', async () => {
      // A bind's "success" but for its last byte, which the first of TLS would complete; for whatever message it answers.
      const slipped = [2, 3, 4].map((id) => Buffer.from(`300d02010${id}61080a01000400040141`, 'hex'))
      const started = Buffer.concat([...slipped.slice(1), (slipped[0] as Buffer).subarray(0, -1)])
      await using between = await listenBetween(slapd.plain, started)
      const ldap = provider({ urls: [between.url], startTls: true })
      expect(await ldap.signIn('alice', 'wrong', NOW)).toEqual({ kind: 'refused' })
      expect((await ldap.signIn('alice', PASSWORD, NOW)).kind).toBe('ok')
    })

    test('plain LDAP to another machine is refused from the start', () => {
      for (const url of ['ldap://directory.example.test', 'ldap://10.0.0.1:389', 'ldap://[2001:db8::1]'])
        expect(() => provider({ urls: [slapd.tls, url] })).toThrow('unencrypted')
      for (const url of ['ldap://127.0.0.1', 'ldap://[::1]', 'ldaps://10.0.0.1'])
        expect(() => provider({ urls: [url] })).not.toThrow()
      expect(() => provider({ urls: ['ldap://10.0.0.1'], allowPlain: true })).not.toThrow()
    })
  })

  describe('a server that goes away', () => {
    test('E-28 is found again as soon as it is back, on the same connection or another', async () => {
      const ldap = provider()
      const grant = await grantOf(ldap, 'alice')
      await slapd.kill()
      ldap.clock.elapsed += ldap.refresh + 1
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(await ldap.renew(grant, NOW)).toMatchObject({ kind: 'unavailable', error: expect.any(Error) })
      await slapd.start()
      expect((await ldap.signIn('alice', PASSWORD, NOW)).kind).toBe('ok')
      expect(await ldap.renew(grant, NOW)).toMatchObject({ kind: 'ok' })
      await slapd.kill()
      await slapd.start()
      expect((await ldap.signIn('alice', PASSWORD, NOW)).kind).toBe('ok')
    })

    test('leaves the others', async () => {
      const ldap = provider({ urls: ['ldaps://localhost:1', slapd.tls] })
      for (let i = 0; i < 3; i++) expect((await ldap.signIn('alice', PASSWORD, NOW)).kind).toBe('ok')
    })

    test.for([
      ['before anything was said', false],
      ['in the middle of it', true],
    ] as const)('by hanging, %s, is given up in time', async ([, spoken]) => {
      const ldap = provider({ timeout: 300 })
      const grant = spoken ? await grantOf(ldap, 'alice') : '["","",""]'
      slapd.freeze(true)
      onTestFinished(() => slapd.freeze(false))
      ldap.clock.elapsed += ldap.refresh + 1
      const start = performance.now()
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect((await ldap.renew(grant, NOW)).kind).toBe('unavailable')
      expect(performance.now() - start).toBeLessThan(3000)
      slapd.freeze(false)
      // it has all that was asked meanwhile to answer first
      const kind = async () => (await ldap.signIn('alice', PASSWORD, NOW)).kind
      await expect.poll(kind, { timeout: 10_000 }).toBe('ok')
    })

    test('says who searches where it does not know them', async () => {
      const ldap = provider({ bind: { ...SEARCHER, password: 'not that of who searches' } })
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(ldap.reports.join()).toContain('refuses the name or password of who searches')
    })

    test('G-24 no report holds a password', async () => {
      await slapd.kill()
      onTestFinished(() => slapd.start())
      const ldap = provider()
      await ldap.signIn('alice', PASSWORD, NOW)
      expect(ldap.reports).toHaveLength(1)
      expect(ldap.reports.join()).not.toMatch(/correct horse|the searcher/)
    })

    test('sends no more than it may', async () => {
      // An endless message: its length says 64 MiB.
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => {
          socket.write(Buffer.from('308404000000', 'hex'))
          const more = () => {
            while (socket.writable && socket.write(Buffer.alloc(65_536)));
          }
          socket.on('drain', more)
          more()
        })
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const { bind: _, ...rest } = config({ urls: [`ldap://127.0.0.1:${(server.address() as AddressInfo).port}`] })
      const ldap = new LdapProvider(rest, { admits: () => true, report: () => undefined })
      onTestFinished(() => ldap.close())
      const start = performance.now()
      expect(await ldap.signIn('alice', PASSWORD, NOW)).toEqual({ kind: 'unavailable' })
      expect(performance.now() - start).toBeLessThan(config().timeout)
    })
  })

  test('deploy/ldap.md, OpenLDAP: people of `staff` get in, with their groups and those above them', async () => {
    const corporate = recipe('ldap.md#OpenLDAP', {
      'ldaps://ldap.example.com': slapd.tls,
      'dc=example,dc=com': SUFFIX,
    })
    const { file } = settings(
      { LABELGATE_CONFIG: '/recipe.yaml' },
      {
        '/recipe.yaml': corporate,
        '/run/secrets/ldap-ca.pem': slapd.ca,
        '/run/secrets/ldap-password': `${SEARCHER.password}\n`,
      },
    )
    const [corp] = file.providers
    if (corp?.type !== 'ldap') expect.fail(corp?.type)
    const ldap = new LdapProvider(corp, {
      admits: (identity) => corp.admit.some((subject) => subject !== '*' && matches(subject, identity)),
      report: (error) => expect.fail(words(error)),
    })
    onTestFinished(() => ldap.close())
    expect((await identityOf(ldap, 'alice')).groups).toEqual(['everybody', 'round', 'staff'])
    expect(await ldap.signIn('bob', PASSWORD, NOW)).toEqual({ kind: 'not-admitted' })
  })

  test('searches share one connection, and each password has one of its own', async () => {
    await using between = await listenBetween(slapd.plain)
    const ldap = provider({ urls: [between.url], ...groups({ filter: FILTER }) })
    const grant = await grantOf(ldap, 'alice')
    await Promise.all(['wrong', PASSWORD, PASSWORD].map((password) => ldap.signIn('bob', password, NOW)))
    ldap.clock.elapsed += ldap.refresh + 1
    await Promise.all([ldap.renew(grant, NOW), ldap.renew(grant, NOW)])
    expect(between.connections()).toBe(1 + 4)
  })

  test('200 at once are 200 answers', async () => {
    const ldap = provider(groups({ filter: FILTER }))
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        ldap.signIn(i % 2 === 0 ? 'alice' : 'bob', i % 4 < 2 ? PASSWORD : 'wrong', NOW),
      ),
    )
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map((_, i) => (i % 4 < 2 ? 'ok' : 'refused')))
  })
})

interface Between extends AsyncDisposable {
  readonly url: string
  /** All that was said to the server. */
  heard(): string
  /** How many there were. */
  connections(): number
}

/** Somebody on the way to a server, who listens, and slips something in behind its first answer on each connection. */
async function listenBetween(to: string, slipped = Buffer.alloc(0)): Promise<Between> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    connections += 1
    const upstream = connect(Number(new URL(to).port), '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined))
    let first = true
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      client.write(first ? Buffer.concat([chunk, slipped]) : chunk)
      first = false
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `ldap://localhost:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    heard: () => Buffer.concat(chunks).toString('latin1'),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
