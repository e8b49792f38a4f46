import { matches } from '../authz/subject.ts'
import type { Current } from '../config/current.ts'
import type { Admit, OperatorFile } from '../config/operator-file.ts'
import type { Configured } from '../config/settings.ts'
import type { CredentialDeps } from '../http/forward/credentials.ts'
import { BearerVerifier } from '../identity/bearer/verifier.ts'
import type { Identity } from '../identity/identity.ts'
import { ShownJwts } from '../session/shown-jwts.ts'
import { ShownPasswords, type ShownPasswordsDeps } from '../session/shown-passwords.ts'
import type { Tokens } from '../session/tokens.ts'

export interface CredentialParts {
  readonly tokens: Tokens
  readonly passwords: Pick<ShownPasswordsDeps, 'signIn'>
  readonly config: Current<Configured>
  readonly fault: (error: unknown) => void
}

/** Everything but cookies that a request may show, by the operator's file as it is at that moment. */
export function credentialsFor({ tokens, passwords, config, fault }: CredentialParts): CredentialDeps & Disposable {
  const verifiers = ({ bearer }: OperatorFile) =>
    bearer.map((issuer) => new BearerVerifier(issuer, { admits: admitter(issuer.admit), fault }))
  const jwts = new ShownJwts(verifiers(config.current().file))
  let header = config.current().file.tokens.header?.toLowerCase()
  const stop = config.subscribe(({ file }) => {
    jwts.use(verifiers(file))
    header = file.tokens.header?.toLowerCase()
  })
  return {
    tokens,
    passwords: new ShownPasswords({
      signIn: (attempt, now) => passwords.signIn(attempt, now),
      account: (id) => tokens.account(id),
    }),
    bearer: jwts,
    tokenHeader: () => header,
    [Symbol.dispose]: stop,
  }
}

/** Does `admit` name this person? */
function admitter(admit: Admit): (identity: Identity) => boolean {
  return (identity) => admit.some((subject) => subject === '*' || matches(subject, identity))
}
