import { Command } from 'commander'
import { normaliseUserName } from '../identity/local/names.ts'
import { isToken, looksLikeToken } from '../session/token-text.ts'
import { issueToken, tokenId } from '../session/tokens.ts'
import { StoreError } from '../store/error.ts'
import type { Store, TokenRecord } from '../store/store.ts'
import { withAccounts } from './accounts.ts'
import { CommandError, EXIT } from './exit.ts'
import { columns, type Terminal } from './terminal.ts'

interface AddOptions {
  readonly name: string
  readonly apps?: string
  readonly expires?: string
}

/** `labelgate token …`: API tokens, for programs that cannot sign in. */
export function tokenCommand(terminal: Terminal): Command {
  const token = new Command('token').description('API tokens of local accounts')
  token
    .command('add <user>')
    .description('makes a token that speaks for the account, and prints it once')
    .requiredOption('--name <name>', 'what it is for')
    .option('--apps <apps>', 'ids of the apps it opens, by commas; without: every app its owner may open')
    .option('--expires <time>', 'how long it holds: 12h, 90d or 52w; without: until it is removed')
    .action((user: string, options: AddOptions) =>
      withAccounts(terminal, (_, store) => add(terminal, store, user, options)),
    )
  token
    .command('list')
    .description('lists tokens; the tokens themselves are kept nowhere')
    .option('--json', 'for machines')
    .action(({ json }: { json?: true }) => withAccounts(terminal, (_, store) => list(terminal, store, json === true)))
  token
    .command('remove <id>')
    .description('takes a token back, by its id or by the token itself: it opens nothing from now on')
    .action((id: string) => withAccounts(terminal, (_, store) => remove(terminal, store, id)))
  return token
}

async function add(terminal: Terminal, store: Store, user: string, options: AddOptions): Promise<void> {
  const now = Date.now()
  const wanted = { name: nameOf(options.name), apps: appsOf(options.apps), expiresAt: expiry(options.expires, now) }
  const account = await store.account(normaliseUserName(user) ?? '')
  if (account === undefined) throw noAccount(user)
  const made = await issueToken(store, { account: account.id, ...wanted }, now).catch((error: unknown) => {
    throw error instanceof StoreError && error.code === 'no-parent' ? noAccount(user) : error
  })
  await audit(store, 'added', account.name, made.record)
  // its own line and nothing else: a script reads it from standard output
  terminal.out(made.text)
  terminal.err(`${shortId(made.record)}: a token of ${account.name}, ${scope(made.record)}. It is shown this once`)
}

async function list(terminal: Terminal, store: Store, json: boolean): Promise<void> {
  const names = new Map((await store.accounts()).map(({ id, name }) => [id, name]))
  const rows = (await store.tokens()).map((record) => ({
    id: shortId(record),
    user: names.get(record.account) ?? '',
    name: record.name,
    apps: record.apps,
    created: iso(record.createdAt),
    expires: iso(record.expiresAt),
    lastUsed: iso(record.lastUsed),
  }))
  if (json) return terminal.out(JSON.stringify(rows, null, 2))
  if (rows.length === 0) return terminal.out('no tokens yet: labelgate token add <user> --name <name>')
  const shown = rows.map(({ id, user, name, apps, expires, lastUsed }) => [
    id,
    user,
    name,
    apps?.join(', ') ?? 'any',
    day(expires) ?? 'never',
    day(lastUsed) ?? 'not yet',
  ])
  terminal.out(columns([['ID', 'USER', 'NAME', 'APPS', 'EXPIRES', 'LAST USED'], ...shown]))
}

async function remove({ out }: Terminal, store: Store, id: string): Promise<void> {
  if (looksLikeToken(id) && !isToken(id)) throw new CommandError(EXIT.usage, 'the token is cut short or mistyped')
  const wanted = isToken(id) ? shortId({ id: tokenId(id) }) : id
  const found = (await store.tokens()).filter((record) => shortId(record) === wanted)
  const [record] = found
  if (record === undefined || found.length > 1 || !(await store.removeToken(record.id)))
    throw new CommandError(EXIT.problems, `there is no token ${wanted}: labelgate token list`)
  const owner = (await store.accounts()).find((account) => account.id === record.account)
  await audit(store, 'removed', owner?.name, record)
  out(`${wanted}: removed`)
}

/** Enough to tell one from another; the whole is a hash that nobody wants to type. */
function shortId({ id }: Pick<TokenRecord, 'id'>): string {
  return Buffer.from(id, 'base64url').toString('hex').slice(0, 12)
}

function audit(store: Store, action: string, user: string | undefined, record: TokenRecord): Promise<void> {
  const detail = { action, id: shortId(record), name: record.name, apps: record.apps }
  return store.audit({ at: Date.now(), event: 'token-changed', ...(user !== undefined && { user }), detail })
}

function nameOf(text: string): string {
  const name = text.normalize('NFC').trim()
  if (name !== '' && name.length <= 100 && !/\p{C}/u.test(name)) return name
  throw new CommandError(EXIT.usage, '--name: write 1 to 100 characters on one line')
}

function appsOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null
  const apps = text.split(',').map((app) => app.trim())
  if (apps.every((app) => /^[\w.-]{1,255}$/.test(app))) return [...new Set(apps)]
  throw new CommandError(EXIT.usage, `--apps: "${text}" names no apps: labelgate apps lists them`)
}

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const

function expiry(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? []
  if (count === '') throw new CommandError(EXIT.usage, `--expires: "${text}" is no time: write 12h, 90d or 52w`)
  return now + Number(count) * UNITS[unit as keyof typeof UNITS]
}

function scope({ apps, expiresAt }: TokenRecord): string {
  const which = apps === null ? 'for every app its owner may open' : `for ${apps.join(', ')}`
  return `${which}, ${expiresAt === null ? 'until it is removed' : `until ${iso(expiresAt)}`}`
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

function day(time: string | null): string | undefined {
  return time?.slice(0, 10)
}

function noAccount(user: string): CommandError {
  return new CommandError(EXIT.problems, `there is no account called ${user}: labelgate user list`)
}
