/** The parts of an operator's file: a provider, and policies. */
import { parseAllow } from '../../labels/subjects.ts'
import type { Notes, Ref } from './notes.ts'

export type Value = string | boolean | readonly string[] | { readonly [key: string]: Value }

export interface OperatorPart {
  readonly providers: Readonly<Record<string, Value>>
  readonly policies: Readonly<Record<string, Value>>
}

interface Found {
  readonly value: string
  readonly ref: Ref
}

/** `email:*@domain` for each domain, `*` for the star; what is none of them is left. */
export function emailDomains(domains: readonly Found[], notes: Notes): readonly string[] {
  return domains.flatMap(({ value, ref }) => {
    if (value === '*') return ['*']
    const subject = `email:*@${value.replace(/^@/, '')}`
    if (isSubject(subject)) return [subject]
    notes.left(
      ref,
      value.startsWith('.') || value.startsWith('*.')
        ? `${value} has all domains below it: name each of them`
        : `${value} is no domain`,
    )
    return []
  })
}

export function emails(addresses: readonly Found[], notes: Notes): readonly string[] {
  return subjectsOf('email', addresses, notes)
}

export function subjectsOf(kind: 'user' | 'group' | 'email', names: readonly Found[], notes: Notes): readonly string[] {
  return names.flatMap(({ value, ref }) => {
    const subject = `${kind}:${value}`
    if (isSubject(subject) && !(kind === 'email' && value.startsWith('*'))) return [subject]
    notes.left(ref, `${value} cannot be a ${kind === 'email' ? 'person’s address' : kind} in a label`)
    return []
  })
}

function isSubject(text: string): boolean {
  const { value, faults } = parseAllow(text)
  return faults.length === 0 && value?.length === 1
}

/** Where the secret is to be put: it never stands in a file of ours. */
export function secretFile(name: string, secret: Found | undefined, notes: Notes): { 'client-secret-file'?: string } {
  if (secret === undefined) return {}
  const file = `/run/secrets/${name}-client-secret`
  notes.remark(secret.ref, `put the secret into the file ${file}: no secret is written here`)
  return { 'client-secret-file': file }
}
