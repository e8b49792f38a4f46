import type { Identity } from '../identity/identity.ts'
import type { LiveSession } from '../session/live.ts'
import type { HeaderSpec } from '../labels/spec.ts'
import type { App } from '../table/table.ts'

/**
 * What an app is told of the person: every name of `names` in turn with its value, empty where there is none.
 * Flat, as `writeHead` takes it.
 */
export function identityHeaders(names: readonly string[], app: App, session: Told | undefined): string[] {
  const plan = planOf(names, app)
  const said = session === undefined ? undefined : spoken(session.identity)
  const lines: string[] = []
  for (let i = 0; i < names.length; i++) {
    const header = plan[i]
    lines.push(
      names[i] as string,
      header === undefined || session === undefined || said === undefined ? '' : valueOf(header, said, session),
    )
  }
  return lines
}

/** Of a session, what apps may be told. */
export type Told = Pick<LiveSession, 'identity' | 'authentication' | 'credential'>

interface Spoken {
  readonly identity: Identity
  readonly user: string
  readonly email: string
  readonly name: string
  readonly groups: string
}

// Encoded once for each person and planned once for each list of headers: an authorised request copies a few strings.
const spokenOf = new WeakMap<Identity, Spoken>()
// By the list of headers, which most apps have in common, so that it is at hand whichever app is asked for.
const plans = new WeakMap<App['spec']['headers'], { names: readonly string[]; plan: Plan }>()
type Plan = readonly (HeaderSpec | undefined)[]

function spoken(identity: Identity): Spoken {
  let said = spokenOf.get(identity)
  if (said === undefined) {
    said = {
      identity,
      user: headerValue(identity.user),
      email: headerValue(identity.email),
      name: headerValue(identity.name),
      groups: identity.groups.map((group) => headerValue(group).replaceAll(',', '%2C')).join(','),
    }
    spokenOf.set(identity, said)
  }
  return said
}

function planOf(names: readonly string[], { spec: { headers } }: App): Plan {
  const known = plans.get(headers)
  if (known?.names === names) return known.plan
  const plan = names.map((name) => headers.find((header) => header.name === name))
  plans.set(headers, { names, plan })
  return plan
}

function valueOf({ value }: HeaderSpec, said: Spoken, { authentication, credential }: Told): string {
  switch (value.kind) {
    case 'text':
      return value.text
    case 'claim':
      return claimValue(said.identity.claims, value.name)
    case 'user':
    case 'email':
    case 'name':
    case 'groups':
      return said[value.kind]
    case 'issuer':
    case 'subject':
      return headerValue(said.identity[value.kind])
    case 'amr':
      return headerValue(authentication.amr.join(' '))
    case 'authenticated-at':
      // somebody whose issuer does not say when
      return authentication.at === 0 ? '' : String(Math.floor(authentication.at / 1000))
    case 'access-token':
    case 'id-token':
      // put in afterwards, where both label and operator say so (http/forward/tokens.ts)
      return ''
    case 'valid':
      return 'true'
    case 'anonymous':
      return 'false'
    case 'verified':
      // an identity holds no address that its issuer does not vouch for
      return said.email === '' ? 'false' : 'true'
    case 'can-reauthenticate':
      return credential === 'session' ? 'true' : 'false'
  }
}

function claimValue(claims: Identity['claims'], name: string): string {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (Array.isArray(claim)) return claim.map((item) => scalar(item).replaceAll(',', '%2C')).join(',')
  return scalar(claim)
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return headerValue(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/**
 * A value that every HTTP library passes on: printable ASCII as it is, but `%`; everything else percent-encoded UTF-8.
 * A line break therefore never becomes a second header line (threat A-34).
 */
export function headerValue(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text
  return text.toWellFormed().replaceAll(/[^ -$&-~]/gu, (character) => {
    const bytes = new TextEncoder().encode(character)
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}
