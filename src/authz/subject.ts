import type { Identity } from '../identity/identity.ts'
import type { Subject } from '../labels/spec.ts'

/** Is this person meant? Names are compared whole and exactly; nothing matches by being empty or absent. */
export function matches(subject: Subject, identity: Identity): boolean {
  switch (subject.kind) {
    case 'signed-in':
      return true
    case 'user':
      return identity.user === subject.name
    case 'group':
      return identity.groups.includes(subject.name)
    case 'email':
      return matchesEmail(subject.pattern, identity.email)
    case 'claim':
      return matchesClaim(identity.claims, subject.name, subject.value)
  }
}

// `*@example.com` is the whole domain and none below it; an address with two @ is nobody's (threat E-12).
function matchesEmail(pattern: string, email: string): boolean {
  const at = email.indexOf('@')
  if (at < 1 || email.includes('@', at + 1)) return false
  return pattern.startsWith('*@') ? email.slice(at) === pattern.slice(1) : email === pattern
}

// A string is one value, never searched in; a list is searched item by item (threat E-13).
function matchesClaim(claims: Identity['claims'], name: string, value: string): boolean {
  if (!Object.hasOwn(claims, name)) return false
  const claim = claims[name]
  return Array.isArray(claim) ? claim.some((item) => isValue(item, value)) : isValue(claim, value)
}

function isValue(claim: unknown, value: string): boolean {
  if (typeof claim === 'string') return claim === value
  return (typeof claim === 'number' || typeof claim === 'boolean') && String(claim) === value
}
