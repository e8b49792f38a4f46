import type { Operator } from './operator.ts'
import { type Parsed } from './parsed.ts'
import type { CredentialKind } from './spec.ts'
import { list } from './text.ts'
import { nameOf, notYet, oneOf } from './words.ts'

/** Credentials an app takes. `basic` and `bearer` are known and not to be had yet: never passed over in silence. */
export function parseAccept(text: string): Parsed<readonly CredentialKind[]> {
  return list(text, (item) => {
    const parsed = oneOf(item, ['session', 'token', 'basic', 'bearer'] as const)
    return parsed.value === 'basic' || parsed.value === 'bearer'
      ? { faults: [notYet(`accept=${parsed.value}`)] }
      : parsed
  })
}

/** Which providers are offered: validated, and refused until there is more than one to choose from. */
export function parseLogin(text: string, operator: Operator): Parsed<readonly string[]> {
  const parsed = list(text, (item) => nameOf(item, operator.providers, 'the sign-in providers'))
  return parsed.faults.length > 0 ? parsed : { faults: [notYet('login')] }
}
