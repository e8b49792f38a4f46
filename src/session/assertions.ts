import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { LOCAL } from '../identity/local/account.ts'
import type { LiveSession } from './live.ts'
import type { Signing } from './signing.ts'

/** Seconds. */
const LIFE = 300
/** Made anew so long before it expires: what takes a while to arrive is still good. Milliseconds. */
const MARGIN = 60_000

interface Made {
  readonly until: number
  readonly text: string | Promise<string>
}

/**
 * Signed statements of who is there (`X-Labelgate-Assertion`), each for one app and five minutes: an app that verifies
 * them believes no header that somebody else could have set. Made once for a session and an app, and again when the
 * session is replaced, since its person changed, or shortly before it expires.
 */
export class Assertions {
  readonly #signing: Pick<Signing, 'key'>
  readonly #issuer: string
  readonly #made = new WeakMap<LiveSession, Map<string, Made>>()

  /** @param issuer origin of the portal */
  constructor(signing: Pick<Signing, 'key'>, issuer: string) {
    this.#signing = signing
    this.#issuer = issuer
  }

  /** At once where it was made before. @param app the app's id, which is the audience. `now`: epoch milliseconds */
  of(session: LiveSession, app: string, now: number): string | Promise<string> {
    const byApp = this.#made.get(session) ?? new Map<string, Made>()
    if (byApp.size === 0) this.#made.set(session, byApp)
    const known = byApp.get(app)
    // a clock that was set back makes anew
    if (known !== undefined && now < known.until && now > known.until - LIFE * 1000) return known.text
    const until = now + LIFE * 1000 - MARGIN
    const text = this.#sign(session, app, now).then(
      (signed) => {
        byApp.set(app, { until, text: signed })
        return signed
      },
      (error: unknown) => {
        byApp.delete(app)
        throw error
      },
    )
    byApp.set(app, { until, text })
    return text
  }

  async #sign({ identity }: LiveSession, app: string, now: number): Promise<string> {
    const { issuer, subject, user, email, name, groups } = identity
    const { kid, privateKey } = this.#signing.key(now)
    const claims = { preferred_username: user, ...(email !== '' && { email }), ...(name !== '' && { name }), groups }
    const at = Math.floor(now / 1000)
    return (
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .setIssuer(this.#issuer)
        .setAudience(app)
        // two issuers may know different people by one subject
        .setSubject(issuer === LOCAL ? subject : `${issuer}|${subject}`)
        .setIssuedAt(at)
        .setExpirationTime(at + LIFE)
        .setJti(randomUUID())
        .sign(privateKey)
    )
  }
}
