import { isIP } from 'node:net'
import { explain } from '../authz/explain.ts'
import type { CanonicalRequest, Decision } from '../authz/decision.ts'
import { identityOf, stillHolds } from '../identity/local/account.ts'
import type { Identity } from '../identity/identity.ts'
import { METHODS, type Method } from '../labels/spec.ts'
import { standing, type LiveSession } from '../session/live.ts'
import { canonicalHost } from '../syntax/host.ts'
import { canonicalPath } from '../syntax/path.ts'
import { withAccounts } from './accounts.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { tableNow } from './look.ts'
import { problemLine } from './problems.ts'
import { NO_PORTAL } from './settings.ts'
import { columns, type Terminal } from './terminal.ts'

export interface ExplainOptions {
  readonly user?: string
  /** Groups of somebody who need not have an account; by commas. */
  readonly groups?: string
  readonly email?: string
  readonly method: string
  readonly from?: string
  readonly json?: true
}

/** `labelgate explain URL`: which app, which rule, which words decide. Exit code 0 exactly where it would pass. */
export async function explainRequest(terminal: Terminal, url: string, options: ExplainOptions): Promise<ExitCode> {
  const request = requestOf(url, options)
  const { table, settings } = await tableNow(terminal)
  const session = await sessionOf(terminal, options, request.host)
  const setting = {
    table,
    now: Date.now(),
    secure: settings.portal.secure && settings.portal.host !== NO_PORTAL,
    app: undefined,
  }
  const { decision, steps } = explain(setting, request, session)
  const app = 'judged' in decision ? decision.judged?.claim.app : undefined
  const concerned = table.problems.filter(({ container }) => app?.containers.includes(container) ?? false)
  if (options.json) {
    const { verdict, reason } = decision
    terminal.out(JSON.stringify({ verdict, reason, app: app?.spec.id, steps, problems: concerned }, null, 2))
  } else {
    terminal.out(`${decision.verdict}: ${SENTENCES[decision.reason]}`)
    if (steps.length > 0) terminal.out(columns(steps.map(({ words, outcome }) => [' ', words, outcome])))
    for (const problem of concerned) terminal.err(problemLine(problem))
    if (decision.verdict === 'unknown-host') terminal.err('labelgate apps lists the hosts that are known')
  }
  return decision.verdict === 'allow' || decision.verdict === 'anonymous' ? EXIT.ok : EXIT.problems
}

function requestOf(text: string, { method, from = '' }: ExplainOptions): CanonicalRequest {
  // cut as text: a URL parser would resolve what the decision is about
  const [, scheme, authority = '', target = ''] = /^(https?):\/\/([^/?#]*)([^#]*)$/i.exec(text) ?? []
  const host = canonicalHost(authority)
  if (scheme === undefined || host === undefined)
    throw new CommandError(EXIT.usage, `"${text}" is no address: write https://app.example.com/path`)
  const path = canonicalPath(target.startsWith('/') ? target : `/${target}`)
  if (path === undefined)
    throw new CommandError(EXIT.problems, `bad-request: ${target} is no path that a careful server accepts`)
  if (from !== '' && isIP(from) === 0)
    throw new CommandError(EXIT.usage, `--from: "${from}" is no address: write 192.0.2.7`)
  const known = METHODS.find((name) => name === method.toUpperCase())
  if (known === undefined) throw new CommandError(EXIT.usage, `"${method}" is no method: ${METHODS.join(', ')}`)
  const common = { method: known satisfies Method, host, path, address: from, socketOrigin: undefined }
  return { ...common, scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http' }
}

/** A session of this host as the person would have it, just signed in. */
async function sessionOf(
  terminal: Terminal,
  { user, groups, email }: ExplainOptions,
  host: string,
): Promise<LiveSession | undefined> {
  if (user === undefined) {
    if (groups !== undefined || email !== undefined)
      throw new CommandError(EXIT.usage, '--groups and --email need --user')
    return undefined
  }
  const hypothetical = groups !== undefined || email !== undefined
  const identity = hypothetical ? supposed(user, groups, email) : await accountOf(terminal, user)
  const now = Date.now()
  const authentication = { provider: 'local', at: now, amr: ['pwd'] }
  return { ...standing({ id: '', identity, authentication, credential: 'session', createdAt: now }), host }
}

function supposed(user: string, groups = '', email = ''): Identity {
  const names = groups.split(',').map((group) => group.trim())
  return {
    issuer: 'local',
    subject: '',
    user: user.normalize('NFKC').toLowerCase(),
    email: email.toLowerCase(),
    name: '',
    groups: names.filter((name) => name !== ''),
    claims: {},
  }
}

async function accountOf(terminal: Terminal, user: string): Promise<Identity> {
  const account = await withAccounts(terminal, (_, store) => store.account(user.normalize('NFKC').toLowerCase()))
  if (account === undefined)
    throw new CommandError(EXIT.problems, `there is no account called ${user}: suppose one with --groups or --email`)
  const signedIn = { provider: 'local', at: account.passwordAt, amr: [] }
  if (!stillHolds(account, signedIn))
    throw new CommandError(EXIT.problems, `the account ${user} is disabled: it cannot sign in`)
  return identityOf(account)
}

const SENTENCES: Readonly<Record<Decision['reason'], string>> = {
  allowed: 'it passes',
  'public-path': 'the path needs no sign-in',
  identify: 'the app is told that nobody is there: policy=identify refuses nobody',
  'public-network': 'no sign-in is needed from this address',
  'no-session': 'nobody is signed in: the browser is sent to sign in',
  'session-of-another-host': 'the session is of another host: the browser is sent to get one',
  'credential-invalid': 'the token, password or JWT does not hold',
  throttled: 'there were too many failures: it was not even looked at',
  busy: 'too many passwords are being looked at',
  'token-scope': 'the token is for other apps',
  'not-fresh': 'the sign-in is too long ago: the browser is sent to sign in again',
  'no-mfa': 'a second factor is asked for',
  denied: 'deny names this person',
  'not-allowed': 'allow does not name this person',
  network: 'the address is in no network that require names (give one with --from)',
  provider: 'require asks for another sign-in provider',
  'credential-not-accepted': 'accept does not take this kind of credential',
  'plain-http': 'the portal is https, and this is plain http: the browser is sent to https',
  'foreign-websocket': 'a page of another site opens the WebSocket',
  'store-unavailable': 'the store cannot say who is signed in',
  'broken-labels': 'a label is wrong, so everybody is denied',
  conflict: 'two apps claim this host and path with different words, so everybody is denied',
  'unknown-host': 'no app has this host and path',
  'other-app': 'the address belongs to another app',
  'not-synced': 'the daemon has not been heard yet',
  'body-limit': 'its body is longer than the app takes',
  'body-unsaid': 'it does not say how long its body is, and the app has a limit',
  malformed: 'the question is not one a proxy asks',
}
