import { rename } from 'node:fs/promises'
import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identityOf, LOCAL } from '../../src/identity/local/account.ts'
import { Sessions } from '../../src/session/sessions.ts'
import type { Store } from '../../src/store/store.ts'
import { sqliteBench, type SqliteBench } from '../store/bench.ts'
import { account, appSession, identity, NOON, session } from '../store/samples.ts'
import { byPassword, LIMITS, randomCookie, SessionBench } from './bench.ts'

/** The server's store, and a second handle on the same file: a command, or a replica. */
let file: SqliteBench
let other: Store
let bench: SessionBench
beforeEach(async () => {
  file = await sqliteBench()
  other = await file.other()
  bench = await SessionBench.open(file.store)
})
afterEach(async () => {
  bench.sessions.close()
  await file.close()
})

const idOf = (cookie: string) => hash('sha256', cookie, 'base64url')

describe('what a command does holds at once', () => {
  test('groups that were changed, on the portal and in apps, without a new sign-in', async () => {
    const { cookie } = await bench.local('alice', { groups: ['users'] })
    const app = await bench.app(cookie, 'app.example.com')
    await other.changeAccount('alice', (it) => ({ ...it, groups: ['admins'] }))
    file.turn()
    await expect.poll(() => bench.find(app).identity.groups).toEqual(['admins'])
    expect(bench.find(cookie).identity).toBe(bench.find(app).identity)
    expect(bench.find(app).root).toBe(bench.find(cookie))
    expect(bench.find(app)).toMatchObject({ host: 'app.example.com', authentication: byPassword(NOON) })
  })

  test('an account that was disabled, and stays shut when it is enabled again', async () => {
    const { cookie } = await bench.local('alice')
    const app = await bench.app(cookie, 'app.example.com')
    await other.changeAccount('alice', (it) => ({ ...it, disabled: true }))
    await other.removeSessionsOf(LOCAL, 'id-of-alice')
    await other.changeAccount('alice', (it) => ({ ...it, disabled: false }))
    file.turn()
    await expect.poll(() => bench.holds(app)).toBe(false)
    expect(bench.holds(cookie)).toBe(false)
  })

  test('an account that was disabled by hand, its sessions left in the file', async () => {
    const { cookie } = await bench.local('alice')
    const app = await bench.app(cookie, 'app.example.com')
    await other.changeAccount('alice', (it) => ({ ...it, disabled: true }))
    file.turn()
    await expect.poll(() => bench.holds(app)).toBe(false)
    expect((await SessionBench.open(file.store)).holds(cookie)).toBe(false)
  })

  test('a password that was changed', async () => {
    const { cookie } = await bench.local('alice')
    await other.changeAccount('alice', (it) => ({ ...it, passwordAt: NOON + 1 }))
    file.turn()
    await expect.poll(() => bench.holds(cookie)).toBe(false)
  })

  test('an account that was removed, even when another takes its name', async () => {
    const { cookie } = await bench.local('alice')
    await other.removeAccount('alice')
    await other.putAccount(account('alice', { id: 'another' }))
    file.turn()
    await expect.poll(() => bench.holds(cookie)).toBe(false)
  })

  test('an account that was given another name', async () => {
    const { account: alice, cookie } = await bench.local('alice')
    await other.putAccount({ ...alice, name: 'alicia' })
    file.turn()
    await expect.poll(() => bench.holds(cookie)).toBe(false)
  })

  test('a session that was ended, and what hangs on it', async () => {
    const [cookie, bob] = [await bench.portal('alice'), await bench.portal('bob')]
    const app = await bench.app(cookie, 'app.example.com')
    await other.removeSessions([idOf(cookie)])
    file.turn()
    await expect.poll(() => bench.holds(app)).toBe(false)
    expect([cookie, bob].map((it) => bench.holds(it))).toEqual([false, true])
  })

  test('and nobody who signs in elsewhere under the same name is touched by it', async () => {
    const cookie = await bench.portal('alice')
    const { cookie: hers } = await bench.local('alice')
    await other.removeAccount('alice')
    file.turn()
    await expect.poll(() => bench.holds(hers)).toBe(false)
    expect(bench.holds(cookie)).toBe(true)
  })
})

describe('what a replica does holds at once', () => {
  test('a sign-in there is one here, its apps too', async () => {
    const replica = await SessionBench.open(other)
    const cookie = await replica.portal('alice')
    const app = await replica.app(cookie, 'app.example.com')
    file.turn()
    await expect.poll(() => bench.holds(app)).toBe(true)
    expect(bench.find(app).root).toBe(bench.find(cookie))
    replica.sessions.close()
  })

  test('an app session is here only together with its portal session, whichever is told first', async () => {
    const portal = session('portal')
    const cookie = randomCookie()
    await other.putSession(portal)
    await other.putSession(appSession(idOf(cookie), portal))
    const db = new DatabaseSync(file.path)
    db.exec("UPDATE changes SET key = (SELECT key FROM changes c WHERE c.seq <> changes.seq) WHERE kind = 'session'")
    db.close()
    file.turn()
    await expect.poll(() => bench.holds(cookie)).toBe(true)
  })

  test('a sign-in of an account that is disabled is none', async () => {
    await other.putAccount(account('carol', { disabled: true }))
    const cookie = randomCookie()
    const who = identity('carol', { issuer: LOCAL, subject: 'id-of-carol' })
    await other.putSession(session(idOf(cookie), { identity: who, authentication: byPassword(NOON) }))
    const marker = await bench.local('marker')
    file.turn()
    await expect.poll(() => bench.holds(marker.cookie)).toBe(true)
    expect(bench.holds(cookie)).toBe(false)
  })
})

describe('a sign-in that overlaps with', () => {
  const overlaps: readonly [string, (store: Store) => Promise<unknown>][] = [
    ['disabling', (store) => store.changeAccount('alice', (it) => ({ ...it, disabled: true }))],
    ['a new password', (store) => store.changeAccount('alice', (it) => ({ ...it, passwordAt: NOON + 1 }))],
    ['removing', (store) => store.removeAccount('alice')],
    [
      'removing, and adding another of the name',
      async (store) => {
        await store.removeAccount('alice')
        await store.putAccount(account('alice', { id: 'another' }))
      },
    ],
  ]

  test.for(overlaps)('%s opens nothing, here or after a restart', async ([, change]) => {
    const alice = account('alice')
    await file.store.putAccount(alice)
    // proved who they are before it, and is remembered after it
    await change(other)
    const cookie = await bench.sessions.startPortal(identityOf(alice), byPassword(NOON), NOON)
    expect(bench.holds(cookie)).toBe(false)
    expect(await file.store.session(idOf(cookie))).toBeUndefined()
  })

  test('changed groups has the new ones', async () => {
    const alice = account('alice', { groups: ['users'] })
    await file.store.putAccount(alice)
    await bench.sessions.startPortal(identityOf(alice), byPassword(NOON), NOON)
    await other.changeAccount('alice', (it) => ({ ...it, groups: [] }))
    const cookie = await bench.sessions.startPortal(identityOf(alice), byPassword(NOON), NOON)
    expect(bench.find(cookie).identity.groups).toEqual([])
  })
})

describe('a restart', () => {
  test('keeps sessions, with who they are by now', async () => {
    const { cookie } = await bench.local('alice', { groups: ['users'] })
    const app = await bench.app(cookie, 'app.example.com')
    const bob = await bench.portal('bob')
    bench.sessions.close()
    await other.changeAccount('alice', (it) => ({ ...it, groups: ['admins'], displayName: 'Alice A.' }))
    const again = await SessionBench.open(file.store)
    expect(again.find(app).identity).toMatchObject({ user: 'alice', groups: ['admins'], name: 'Alice A.' })
    expect(again.find(app).root).toBe(again.find(cookie))
    expect(again.find(bob).identity).toEqual(identity('bob'))
    expect(again.sessions.size).toBe(3)
  })

  test('shares one identity between the sessions of one person', async () => {
    await bench.local('alice')
    const cookies = [await bench.portal('bob'), await bench.portal('bob')]
    const again = await SessionBench.open(file.store)
    expect(again.find(cookies[0] ?? '').identity).toBe(again.find(cookies[1] ?? '').identity)
  })

  test('takes app sessions in any order of the store, and none whose portal session is not there', async () => {
    const portal = session('portal')
    const [child, orphan] = [randomCookie(), randomCookie()]
    const records = [appSession(idOf(child), portal), appSession(idOf(orphan), session('gone')), portal]
    const sessions = Object.assign(Object.create(file.store) as Store, {
      accounts: async () => [],
      subscribe: () => () => undefined,
      async *sessions() {
        yield* records
      },
    })
    const opened = await Sessions.open(sessions, LIMITS)
    expect(opened.find(child, NOON)?.root.id).toBe(portal.id)
    expect(opened.find(orphan, NOON)).toBeUndefined()
    opened.close()
  })

  test('on a store that cannot be read is refused', async () => {
    await other.close()
    await expect(Sessions.open(other, LIMITS)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('while the store cannot say who was signed out', () => {
  test('nobody is to be trusted; afterwards everything is read anew', async () => {
    const { cookie } = await bench.local('alice')
    const kept = await bench.portal('bob')
    bench.holds(kept, NOON + LIMITS.idle - 1)
    expect(bench.sessions.trustworthy).toBe(true)
    await rename(file.path, `${file.path}.aside`)
    file.turn()
    await expect.poll(() => bench.sessions.trustworthy).toBe(false)
    await other.removeSessions([idOf(cookie)])
    await rename(`${file.path}.aside`, file.path)
    file.turn()
    await expect.poll(() => bench.sessions.trustworthy).toBe(true)
    expect(bench.holds(cookie)).toBe(false)
    // what was seen since the last batch is not lost by reading anew
    expect(bench.holds(kept, NOON + LIMITS.idle + 1)).toBe(true)
  })

  test('it can be asked for one session itself', async () => {
    const { cookie } = await bench.local('alice', { groups: ['users'] })
    const app = await bench.app(cookie, 'app.example.com')
    const gone = await bench.portal('bob')
    await other.changeAccount('alice', (it) => ({ ...it, groups: [] }))
    await other.removeSessions([idOf(gone)])
    // nothing was told yet
    expect(bench.find(app).identity.groups).toEqual(['users'])
    expect((await bench.sessions.findAgain(app, NOON))?.identity.groups).toEqual([])
    expect(await bench.sessions.findAgain(gone, NOON)).toBeUndefined()
    expect(await bench.sessions.findAgain('__proto__', NOON)).toBeUndefined()
    await file.store.close()
    await expect(bench.sessions.findAgain(app, NOON)).rejects.toMatchObject({ code: 'closed' })
  })

  test('a look that fails is tried again, and until then nobody is trusted', async () => {
    const cookie = await bench.portal('alice')
    const look = file.store.session.bind(file.store)
    file.store.session = () => Promise.reject(new Error('disk'))
    await other.removeSessions([idOf(cookie)])
    file.turn()
    await expect.poll(() => bench.sessions.trustworthy).toBe(false)
    expect(bench.errors).toEqual([new Error('disk')])
    file.store.session = look
    bench.hand.turn()
    await expect.poll(() => bench.sessions.trustworthy).toBe(true)
    expect(bench.holds(cookie)).toBe(false)
  })
})

test('a session that is signed out while the feed looks at it does not come back', async () => {
  const cookie = await bench.portal('alice')
  const live = bench.find(cookie)
  const look = file.store.session.bind(file.store)
  let looked = () => {}
  const looking = new Promise<void>((resolve) => {
    looked = resolve
  })
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  file.store.session = async (id) => {
    const record = await look(id)
    looked()
    await answered
    return record
  }
  await other.putSession({ ...session(idOf(cookie)), host: null })
  file.turn()
  await looking
  await bench.sessions.end(live)
  answer()
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    expect(bench.holds(cookie)).toBe(false)
  }
})
