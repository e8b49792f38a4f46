import type { Entry } from 'ldapts'
import type { LdapConfig } from '../../config/operator-file.ts'
import { normaliseDisplayName, normaliseEmail, normaliseUserName } from '../local/names.ts'
import { foldDn, rdnValue } from './rdn.ts'

type Attributes = LdapConfig['attributes']

/** MS-ADTS 2.2.16, `ADS_UF_ACCOUNTDISABLE`. */
const ACCOUNT_DISABLED = 2n
/** Windows counts 100 ns from 1601 on; both say "never" (MS-ADA1 2.3, `accountExpires`). */
const EPOCH_1601 = 11_644_473_600_000n
const NEVER = new Set(['0', '9223372036854775807'])
/** Locked until an administrator unlocks it (draft-behera-ldap-password-policy-11 section 5.3.3). */
const LOCKED_FOR_GOOD = '000001010000Z'

/** A person as the directory has them. */
export interface Person {
  readonly dn: string
  /** Stable, never reused; the name where there is no attribute for it. */
  readonly id: string
  readonly user: string
  readonly email: string
  readonly name: string
  /** Epoch milliseconds from which the account is shut; Infinity: it is open. */
  readonly shutFrom: number
}

/** What has to be asked for: half of it is operational, and comes only where it is named. */
export function personAttributes({ user, email, name, id }: Attributes): string[] {
  const state = ['userAccountControl', 'accountExpires', 'pwdAccountLockedTime', 'nsAccountLock']
  return [...new Set([user, email, name, id, 'memberOf', ...state])]
}

/** @returns undefined where the entry has no name that could be a user name here */
export function readPerson(entry: Entry, attributes: Attributes): Person | undefined {
  const user = normaliseUserName(ownName(entry, attributes.user))
  if (user === undefined || entry.dn === '') return undefined
  const [name] = texts(entry, attributes.name)
  // What the directory says of an address holds: it is the operator's own.
  const email = texts(entry, attributes.email).map(normaliseEmail)
  return {
    dn: entry.dn,
    id: stableId(values(entry, attributes.id)[0]) ?? foldDn(entry.dn),
    user,
    email: email.find((address) => address !== undefined) ?? '',
    name: normaliseDisplayName(name ?? '') ?? '',
    shutFrom: shutFrom(entry),
  }
}

/**
 * Of several values the one in the entry's own name, else the first by alphabet: values have no order (RFC 4511 section
 * 4.1.7), and a person shall have one name whichever server answers.
 */
export function ownName(entry: Entry, attribute: string): string | undefined {
  return rdnValue(entry.dn, attribute) ?? texts(entry, attribute).toSorted()[0]
}

/**
 * From when on the account is shut, in epoch milliseconds: 0 where it is, Infinity where nothing says so. A lock that
 * failed attempts have brought about, and that goes away by itself, does not count: else whoever guesses at a password
 * signs its owner out everywhere. To sign in is refused by the server anyway.
 */
function shutFrom(entry: Entry): number {
  const [control = '0'] = texts(entry, 'userAccountControl')
  const shut =
    (whole(control) & ACCOUNT_DISABLED) !== 0n ||
    texts(entry, 'pwdAccountLockedTime').includes(LOCKED_FOR_GOOD) ||
    texts(entry, 'nsAccountLock').some((value) => value.toLowerCase() === 'true')
  if (shut) return 0
  const [expires = '0'] = texts(entry, 'accountExpires')
  return NEVER.has(expires) ? Infinity : Number(whole(expires) / 10_000n - EPOCH_1601)
}

/** All bits set where it is no number: what cannot be read shuts. */
function whole(text: string): bigint {
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : -1n
}

/** What stands in an attribute, whatever the case of its name (RFC 4512 section 2.5). */
export function values(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  const wanted = attribute.toLowerCase()
  const key = Object.keys(entry).find((key) => key.toLowerCase() === wanted)
  return key === undefined ? [] : [entry[key] ?? []].flat()
}

export function texts(entry: Entry, attribute: string): string[] {
  return values(entry, attribute).flatMap((value) => (typeof value === 'string' ? value : textOf(value)))
}

function textOf(bytes: Buffer): string[] {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? [] : [text]
}

/** `entryUUID` is text, `objectGUID` 16 bytes, written in hexadecimal. By what it is: ldapts may give either as either. */
function stableId(value: string | Buffer | undefined): string | undefined {
  const bytes = Buffer.from(value ?? '')
  if (bytes.length === 0) return undefined
  return bytes.every((byte) => byte > 0x20 && byte < 0x7f)
    ? bytes.toString('ascii').toLowerCase()
    : bytes.toString('hex')
}
