import { matches } from '../authz/subject.ts'
import type { Current } from '../config/current.ts'
import type { Admit, OperatorFile } from '../config/operator-file.ts'
import type { Configured } from '../config/settings.ts'
import type { CredentialDeps } from '../http/forward/credentials.ts'
import { BearerVerifier } from '../identity/bearer/verifier.ts'
import type { Identity } from '../identity/identity.ts'
import { ShownJwts } from '../session/shown-jwts.ts'
import { ShownPasswords, type ShownPasswordsDeps } from '../session/shown-passwords.ts'
import { Tokens } from '../session/tokens.ts'
import type { Store } from '../store/store.ts'
import { every } from '../store/timer.ts'

export interface CredentialParts {
  readonly store: Store
  readonly passwords: Pick<ShownPasswordsDeps, 'signIn'>
  readonly config: Current<Configured>
  readonly fault: (error: unknown) => void
}

/** When tokens were used is written in batches of so many milliseconds. */
const FLUSH_EVERY = 5000

/**
 * Everything but cookies that a request may show, by the operator's file as it is at that moment. Rejects with a
 * StoreError where the store cannot be read.
 */
export async function openCredentials(parts: CredentialParts): Promise<CredentialDeps & AsyncDisposable> {
  const { store, passwords, config, fault } = parts
  await using opened = new AsyncDisposableStack()
  const tokens = opened.adopt(await Tokens.open(store, { onError: fault }), (tokens) => tokens.close())
  const flush = () => tokens.flush().catch(fault)
  opened.defer(flush)
  opened.defer(every(FLUSH_EVERY, () => void flush()))
  const verifiers = verifierMaker(fault)
  const jwts = new ShownJwts(verifiers(config.current().file))
  opened.defer(config.subscribe(({ file }) => jwts.use(verifiers(file))))
  const tokenHeader = followed(config, ({ file }) => file.tokens.header?.toLowerCase(), opened)
  const upstream = followed(config, ({ file }) => headersOf(file), opened)
  const owned = opened.move()
  return {
    tokens,
    passwords: new ShownPasswords({
      signIn: (attempt, now) => passwords.signIn(attempt, now),
      account: (id) => tokens.account(id),
    }),
    bearer: jwts,
    tokenHeader,
    upstreamBasic: (name) => upstream().get(name),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** An issuer of which nothing has changed keeps its keys: an outage of it is no matter of another line of the file. */
function verifierMaker(fault: (error: unknown) => void): (file: OperatorFile) => readonly BearerVerifier[] {
  let known = new Map<string, BearerVerifier>()
  return ({ bearer }) => {
    known = new Map(
      bearer.map((issuer) => {
        const words = JSON.stringify(issuer)
        return [words, known.get(words) ?? new BearerVerifier(issuer, { admits: admitter(issuer.admit), fault })]
      }),
    )
    return [...known.values()]
  }
}

/** What the file says, read once for each file and not for each request. */
function followed<T>(
  config: Current<Configured>,
  read: (configured: Configured) => T,
  opened: AsyncDisposableStack,
): () => T {
  let value = read(config.current())
  opened.defer(config.subscribe((configured) => void (value = read(configured))))
  return () => value
}

/** RFC 7617, in UTF-8. */
function headersOf({ upstreamBasic }: OperatorFile): ReadonlyMap<string, string> {
  return new Map(
    [...upstreamBasic].map(([name, { username, password }]) => [
      name,
      `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    ]),
  )
}

/** Does `admit` name this person? */
function admitter(admit: Admit): (identity: Identity) => boolean {
  return (identity) => admit.some((subject) => subject === '*' || matches(subject, identity))
}
