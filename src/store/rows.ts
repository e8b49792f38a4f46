import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { Authentication, Identity } from '../identity/identity.ts'
import type { Account } from '../identity/local/account.ts'
import type { GrantRecord, SessionRecord, TokenRecord } from './store.ts'

export type Row = Record<string, SQLOutputValue>
type Named = Record<string, SQLInputValue>

/** As statements name their parameters, which are as the columns are named. */
export function accountRow(account: Account): Named {
  return {
    id: account.id,
    name: account.name,
    display_name: account.displayName,
    email: account.email,
    groups: JSON.stringify(account.groups),
    password_hash: account.passwordHash,
    password_at: account.passwordAt,
    disabled: account.disabled ? 1 : 0,
    created_at: account.createdAt,
  }
}

export function readAccount(row: Row): Account {
  return {
    id: String(row['id']),
    name: String(row['name']),
    displayName: String(row['display_name']),
    email: String(row['email']),
    groups: readList(String(row['groups'])),
    passwordHash: String(row['password_hash']),
    passwordAt: Number(row['password_at']),
    // Anything but a plain 0 shuts the account.
    disabled: row['disabled'] !== 0,
    createdAt: Number(row['created_at']),
  }
}

function readList(text: string): readonly string[] {
  const list: unknown = JSON.parse(text)
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw new SyntaxError('not a list of texts')
}

export function sessionRow(session: SessionRecord): Named {
  const { id, parent, host, identity, authentication, createdAt, lastSeen } = session
  return {
    id,
    parent,
    host,
    issuer: identity.issuer,
    subject: identity.subject,
    identity: JSON.stringify(identity),
    authentication: JSON.stringify(authentication),
    created_at: createdAt,
    last_seen: lastSeen,
  }
}

export function tokenRow({ id, account, name, apps, ...times }: TokenRecord): Named {
  const { createdAt: created_at, expiresAt: expires_at, lastUsed: last_used } = times
  return { id, account, name, apps: apps === null ? null : JSON.stringify(apps), created_at, expires_at, last_used }
}

export function readToken(row: Row): TokenRecord {
  return {
    id: String(row['id']),
    account: String(row['account']),
    name: String(row['name']),
    apps: row['apps'] === null ? null : readList(String(row['apps'])),
    createdAt: Number(row['created_at']),
    expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
    lastUsed: row['last_used'] === null ? null : Number(row['last_used']),
  }
}

export function grantRow({ session, provider, sid, sealed, accessToken, idToken, ...times }: GrantRecord): Named {
  const { renewedAt: renewed_at, renewAt: renew_at } = times
  return { session, provider, sid, sealed, access_token: accessToken, id_token: idToken, renewed_at, renew_at }
}

export function readGrant(row: Row): GrantRecord {
  return {
    session: String(row['session']),
    provider: String(row['provider']),
    sid: row['sid'] === null ? null : String(row['sid']),
    sealed: String(row['sealed']),
    accessToken: row['access_token'] === null ? null : String(row['access_token']),
    idToken: row['id_token'] === null ? null : String(row['id_token']),
    renewedAt: Number(row['renewed_at']),
    renewAt: row['renew_at'] === null ? null : Number(row['renew_at']),
  }
}

/** Reads rows; equal identities and authentications are one object, however many sessions have them. */
export class SessionReader {
  readonly #identities = new Map<string, Identity>()
  readonly #authentications = new Map<string, Authentication>()

  read(row: Row): SessionRecord {
    return {
      id: String(row['id']),
      parent: row['parent'] === null ? null : String(row['parent']),
      host: row['host'] === null ? null : String(row['host']),
      identity: shared(this.#identities, String(row['identity']), readIdentity),
      authentication: shared(this.#authentications, String(row['authentication']), (text) => JSON.parse(text)),
      createdAt: Number(row['created_at']),
      lastSeen: Number(row['last_seen']),
    }
  }
}

function readIdentity(text: string): Identity {
  const identity = JSON.parse(text) as Identity
  readList(JSON.stringify(identity.groups))
  return { ...identity, claims: Object.assign(Object.create(null), identity.claims) as Record<string, unknown> }
}

function shared<T>(known: Map<string, T>, text: string, read: (text: string) => T): T {
  const before = known.get(text)
  if (before !== undefined) return before
  const value = read(text)
  known.set(text, value)
  return value
}
