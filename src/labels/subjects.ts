import { isHostName } from '../syntax/host.ts'
import { nearest } from '../syntax/nearest.ts'
import { bad, good, type Parsed } from './parsed.ts'
import type { Subject } from './spec.ts'
import { list, quote, trimBlanks } from './text.ts'
import { didYouMean } from './words.ts'

const MAX_NAME = 256
const KINDS = ['user', 'group', 'email', 'claim'] as const
// What people write for "anybody who is signed in"; `public` would be more than that.
const ANYBODY = new Set([
  '*',
  'all',
  'any',
  'anyone',
  'authenticated',
  'everybody',
  'everyone',
  'signedin',
  'users',
  'true',
])
// They can be in a name, but two names that differ in them alone look the same (threat H-26).
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u
// Something else than a comma between two items would make one long name of them that nobody has.
const SEVERAL = /;|[\s|&+](?:user|group|email|claim):/i
const CLAIM_NAME = /^[\w:./@-]{1,256}$/
const LOCAL_PART = /^[^\s@*"'(),:;<>[\]\\]{1,64}$/

export function parseAllow(text: string): Parsed<readonly Subject[]> {
  return list(text, parseSubject)
}

export function parseDeny(text: string): Parsed<readonly Subject[]> {
  return list(text, (item) => {
    const parsed = parseSubject(item)
    if (parsed.value?.kind !== 'signed-in') return parsed
    return bad('signed-in here would refuse everybody', 'name the users or groups to refuse')
  })
}

function parseSubject(item: string): Parsed<Subject> {
  const colon = item.indexOf(':')
  if (colon < 0) return bareWord(item)
  const word = trimBlanks(item.slice(0, colon)).toLowerCase()
  const rest = trimBlanks(item.slice(colon + 1))
  const kind = KINDS.find((kind) => kind === word)
  if (kind === undefined) {
    const near = nearest(word, KINDS)
    const mend = near === undefined ? `write one of ${KINDS.map((kind) => `${kind}:…`).join(', ')}` : `${near}:${rest}`
    return bad(`${quote(item)} begins with no kind of subject`, near === undefined ? mend : didYouMean(mend))
  }
  if (rest === '') return bad(`${quote(item)} names nobody`, `write ${kind}:… with a name`)
  if (rest.length > MAX_NAME) return bad(`${quote(item)} is longer than ${MAX_NAME} characters`)
  if (SEVERAL.test(rest)) return bad(`${quote(item)} is more than one subject`, 'put commas between them')
  if (INVISIBLE.test(rest)) return bad(`${quote(item)} holds a character that cannot be seen`, 'type the name anew')
  return named(kind, rest)
}

function named(kind: (typeof KINDS)[number], rest: string): Parsed<Subject> {
  switch (kind) {
    case 'user':
      // as identities are normalised (identity/identity.ts)
      return rest.includes('*') ? noWildcard(rest) : good({ kind, name: rest.normalize('NFKC').toLowerCase() })
    case 'group':
      return rest.includes('*') ? noWildcard(rest) : good({ kind, name: rest })
    case 'email':
      return email(rest)
    case 'claim':
      return claim(rest)
  }
}

function noWildcard(name: string): Parsed<Subject> {
  return bad(
    `${quote(name)} is a pattern, and names are compared whole`,
    'write signed-in for anybody, or email:*@example.com',
  )
}

/** Exactly one @: with two, readers differ on what the domain is (threat E-12). */
function email(text: string): Parsed<Subject> {
  const pattern = text.toLowerCase()
  const [local = '', domain = '', ...more] = pattern.split('@')
  if (more.length > 0 || !isHostName(domain) || !(local === '*' || LOCAL_PART.test(local)))
    return bad(
      `${quote(text)} is not an e-mail address`,
      'write email:alice@example.com, or email:*@example.com for a whole domain',
    )
  return good({ kind: 'email', pattern })
}

function claim(text: string): Parsed<Subject> {
  const equals = text.indexOf('=')
  const name = trimBlanks(text.slice(0, Math.max(0, equals)))
  const value = trimBlanks(text.slice(equals + 1))
  if (equals < 0 || value === '' || !CLAIM_NAME.test(name))
    return bad(`${quote(text)} is not a claim and its value`, 'write claim:name=value')
  return good({ kind: 'claim', name, value })
}

function bareWord(item: string): Parsed<Subject> {
  const word = item.toLowerCase()
  if (word === 'signed-in') return good({ kind: 'signed-in' })
  const reason = `${quote(item)} says neither user nor group`
  if (ANYBODY.has(word)) return bad(reason, 'did you mean signed-in?')
  if (word === 'public' || word === 'anonymous') return bad(reason, 'for no sign-in at all write labelgate.public=/**')
  const near = nearest(word, ['signed-in'])
  if (near !== undefined) return bad(reason, didYouMean(near))
  if (item.includes('@')) return bad(reason, `did you mean email:${item}?`)
  if (KINDS.some((kind) => kind === word)) return bad(reason, `write ${word}:… with a name`)
  return bad(reason, `did you mean group:${item} or user:${item}?`)
}

/** As a label would say it. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'signed-in':
      return 'signed-in'
    case 'user':
    case 'group':
      return `${subject.kind}:${subject.name}`
    case 'email':
      return `email:${subject.pattern}`
    case 'claim':
      return `claim:${subject.name}=${subject.value}`
  }
}
