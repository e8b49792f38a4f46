/**
 * A program of its own, for tests of what one process leaves to another.
 * `write <file>`: writes sessions one after the other and says the id of each once it is acknowledged, for ever.
 * `open <file>`: opens the file, adds an account under a name of its own, and ends.
 * `keys <folder>`: says the keys.
 */
import { loadKeys } from '../../src/store/keys.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { account, appSession, session } from './samples.ts'

const [what, path = ''] = process.argv.slice(2)

async function write(): Promise<never> {
  const store = await SqliteStore.open(path)
  for (let i = 0; ; i++) {
    const portal = session(`p${i}`)
    const app = appSession(`a${i}`, portal)
    await store.putSession(portal)
    await store.putSession(app)
    process.stdout.write(`${portal.id} ${app.id}\n`)
  }
}

async function open(): Promise<void> {
  const store = await SqliteStore.open(path)
  await store.putAccount(account(`from-${process.pid}`))
  await store.close()
}

async function keys(): Promise<void> {
  const { proxyKey, master } = await loadKeys(path)
  process.stdout.write(`${proxyKey} ${Buffer.from(master).toString('base64url')}`)
}

const work = new Map([
  ['write', write],
  ['open', open],
  ['keys', keys],
]).get(what ?? '')
if (work === undefined) throw new Error(`no such work: ${what}`)
await work()
