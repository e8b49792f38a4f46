import type { Account } from './account.ts'
import { normaliseDisplayName, normaliseEmail, normaliseGroup, normaliseUserName } from './names.ts'
import { passwordProblem } from './password.ts'

/** Values straight from a form or a command line, whatever their type. */
export interface NewAccount {
  readonly name: unknown
  readonly password: unknown
  /** None by default. */
  readonly email?: unknown
  /** None by default. */
  readonly displayName?: unknown
  /** None by default. */
  readonly groups?: readonly unknown[]
}

/** What is wrong with one field. `reason` goes on where the field's name stands first: `is shorter than 8 characters`. */
export interface Invalid {
  readonly kind: 'invalid'
  readonly field: 'name' | 'password' | 'email' | 'displayName' | 'groups'
  readonly reason: string
}

export type Fields = Pick<Account, 'name' | 'email' | 'displayName' | 'groups'> & { readonly password: string }

export function readFields(wanted: NewAccount): Fields | Invalid {
  const name = normaliseUserName(wanted.name)
  if (name === undefined) return invalid('name', 'may have 1 to 64 characters, of a-z 0-9 . _ - @ +')
  const problem = passwordProblem(wanted.password)
  if (problem !== undefined) return invalid('password', problem)
  const email = normaliseEmail(wanted.email ?? '')
  if (email === undefined) return invalid('email', 'is not an address')
  const displayName = normaliseDisplayName(wanted.displayName ?? '')
  if (displayName === undefined) return invalid('displayName', 'may have up to 128 characters, on one line')
  const groups = readGroups(wanted.groups ?? [])
  if ('kind' in groups) return groups
  return { name, password: String(wanted.password), email, displayName, groups }
}

/** Sorted, each once. */
export function readGroups(texts: readonly unknown[]): readonly string[] | Invalid {
  const groups = texts.flatMap((text) => normaliseGroup(text) ?? [])
  if (groups.length < texts.length) return invalid('groups', 'may have 1 to 128 characters each, and no comma')
  return [...new Set(groups)].toSorted()
}

export function invalid(field: Invalid['field'], reason: string): Invalid {
  return { kind: 'invalid', field, reason }
}
