/** What a provider says of a person becomes an identity. Pure. Only own properties are read (threat E-31). */
import type { ClaimPath, ClaimPaths } from '../../config/operator-file.ts'
import type { Identity } from '../identity.ts'
import { normaliseDisplayName, normaliseEmail } from '../local/names.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Reading {
  readonly claims: ClaimPaths
  /** An address counts although the provider does not say that it verified it. */
  readonly trustEmail: boolean
}

/** `wrong`: the claim that cannot be used, in words of ours. */
export type Read = { readonly identity: Identity } | { readonly wrong: string }

const MAX_GROUPS = 1000
/** Of all claims together, as JSON; they rest with every session. */
const MAX_CLAIMS = 32 * 1024
// Not seen, or the end of a line: what would make one name look like another, or two lines of one.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const PROTOTYPE = new Set(['__proto__', 'constructor', 'prototype'])
// Of this one token or this one session, not of the person: they would make somebody new at each renewal.
const PASSING = new Set(
  `iss aud azp exp iat nbf jti typ nonce at_hash c_hash s_hash
   sid session_state auth_time acr amr rh uti aio`.split(/\s+/),
)

/** @param claims of the ID token, with those of UserInfo over them */
export function identityFrom(issuer: string, claims: Claims, { claims: paths, trustEmail }: Reading): Read {
  const subject = own(claims, ['sub'])
  if (typeof subject !== 'string' || subject === '' || subject.length > 255) return { wrong: 'sub' }
  const email = emailOf(claims, paths.email, trustEmail)
  if (email === undefined) return { wrong: 'email' }
  const user = userOf(claims, paths, email)
  if (user === undefined) return { wrong: 'user' }
  const groups = groupsOf(claims, paths)
  if (groups === undefined) return { wrong: 'groups' }
  const kept = keptClaims(claims)
  if (JSON.stringify(kept).length > MAX_CLAIMS) return { wrong: 'size' }
  const name = first(claims, paths.name)
  return { identity: { issuer, subject, user, email, name: normaliseDisplayName(name) ?? '', groups, claims: kept } }
}

/** UserInfo over the ID token; an address and whether it is verified stay together, whoever says them. */
export function merged(idToken: Claims, userInfo: Claims): Claims {
  const base = Object.hasOwn(userInfo, 'email') ? without(idToken, new Set(['email', 'email_verified'])) : idToken
  // `acr` and the like are of the sign-in, and only the signed token may say them
  return { ...base, ...without(userInfo, PASSING) }
}

/** The value at the end of a path, undefined where there is none. */
export function own(claims: unknown, path: ClaimPath): unknown {
  let value = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || PROTOTYPE.has(name) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Claims)[name]
  }
  return value
}

function first(claims: Claims, paths: readonly ClaimPath[]): unknown {
  return paths.map((path) => own(claims, path)).find((value) => value !== undefined && value !== null && value !== '')
}

/** Empty where there is none that counts; undefined where one stands there that is no address (threat E-12). */
function emailOf(claims: Claims, paths: readonly ClaimPath[], trust: boolean): string | undefined {
  const path = paths.find((path) => first(claims, [path]) !== undefined)
  if (path === undefined) return ''
  const text = own(claims, path)
  if (typeof text !== 'string' || text !== text.trim()) return undefined
  const email = normaliseEmail(text)
  return email !== undefined && isVerified(claims, path, trust) ? email : email && ''
}

/** By the claim beside it (OpenID Connect Core section 5.1): the boolean, and nothing that reads like it (threat E-11). */
function isVerified(claims: Claims, path: ClaimPath, trust: boolean): boolean {
  const said = own(claims, [...path.slice(0, -1), `${path.at(-1)}_verified`])
  // some say it as a text; that counts only where the operator trusts them without any word
  return said === true || (trust && (said === undefined || said === 'true'))
}

/** An address stands for a user name only where it counts as one: else anybody could call themselves anything. */
function userOf(claims: Claims, { user, email: emails }: ClaimPaths, email: string): string | undefined {
  for (const path of user) {
    const said = first(claims, [path])
    if (said === undefined) continue
    const isEmail = emails.some((other) => samePath(other, path))
    if (!isEmail) return nameOf(said)?.toLowerCase()
    if (email !== '' && normaliseEmail(said) === email) return email
  }
  return undefined
}

function samePath(a: ClaimPath, b: ClaimPath): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 256) return undefined
  const name = value.normalize('NFKC').trim()
  return name !== '' && name.length <= 128 && !UNSEEN.test(name) ? name : undefined
}

/**
 * A text is one group, whole (threat E-13); a list is one each. Undefined where something else stands there: a `deny`
 * that names a group must not be got past by a claim that nobody can read.
 */
function groupsOf(claims: Claims, paths: ClaimPaths): readonly string[] | undefined {
  const listed = paths.groups.map((path) => list(own(claims, path)))
  const keyed = (paths.groupKeys ?? []).map((path) => keys(own(claims, path)))
  const groups = new Set<string>()
  for (const found of [...listed, ...keyed]) {
    if (found === undefined) return undefined
    for (const group of found) if (group !== '') groups.add(group)
  }
  return groups.size > MAX_GROUPS ? undefined : [...groups].toSorted()
}

function list(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  const groups = items.map(groupName)
  return groups.every((group) => group !== undefined) ? groups : undefined
}

function keys(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  return typeof value === 'object' && !Array.isArray(value) ? list(Object.keys(value)) : undefined
}

/** Case kept. Empty, and so nobody's, where it is blank (threat E-15). */
function groupName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 1024) return undefined
  const name = value.normalize('NFC').trim()
  return name === '' || (name.length <= 256 && !UNSEEN.test(name)) ? name : undefined
}

function keptClaims(claims: Claims): Claims {
  const kept = Object.create(null) as Record<string, unknown>
  return Object.assign(kept, without(claims, new Set([...PASSING, ...PROTOTYPE])))
}

function without(claims: Claims, names: ReadonlySet<string>): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.has(name)))
}
