import type { Operator } from './operator.ts'
import { bad, type Parsed } from './parsed.ts'
import type { CredentialKind } from './spec.ts'
import { list } from './text.ts'
import { nameOf, oneOf } from './words.ts'

const KINDS = ['session', 'token', 'basic', 'bearer'] as const satisfies readonly CredentialKind[]

/** Credentials an app takes. `bearer` needs somebody whose tokens they are. */
export function parseAccept(text: string, operator: Operator): Parsed<readonly CredentialKind[]> {
  return list(text, (item) => {
    const parsed = oneOf(item, KINDS)
    return parsed.value === 'bearer' && operator.bearer.length === 0
      ? bad("accept=bearer takes nobody: the operator's file names no bearer issuer", 'ask the operator to add one')
      : parsed
  })
}

/** Which providers are offered, in this order. */
export function parseLogin(text: string, operator: Operator): Parsed<readonly string[]> {
  return list(text, (item) => nameOf(item, operator.providers, 'the sign-in providers'))
}

/** Whose bearer tokens are taken. */
export function parseBearer(text: string, operator: Operator): Parsed<readonly string[]> {
  return list(text, (item) => nameOf(item, operator.bearer, "the operator's bearer issuers"))
}

/** What the app itself is signed in with. */
export function parseUpstreamBasic(text: string, operator: Operator): Parsed<string> {
  return nameOf(text, [...(operator.upstreamBasic?.keys() ?? [])], 'upstream-basic in the operator’s file')
}
