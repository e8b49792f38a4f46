import type { Identity } from '../../src/identity/identity.ts'
import type { Account } from '../../src/identity/local/account.ts'
import type { SessionRecord, TokenRecord } from '../../src/store/store.ts'

/** Wednesday, 25 November 2026, noon. */
export const NOON = Date.UTC(2026, 10, 25, 12)

export function account(name: string, more: Partial<Account> = {}): Account {
  return {
    id: `id-of-${name}`,
    name,
    displayName: 'Alice Example',
    email: `${name}@example.com`,
    groups: ['admins', 'users'],
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    passwordAt: NOON - 86_400_000,
    disabled: false,
    createdAt: NOON - 86_400_000,
    ...more,
  }
}

export function identity(user: string, more: Partial<Identity> = {}): Identity {
  const claims = Object.assign(Object.create(null), { dept: 'it' }) as Record<string, unknown>
  return {
    issuer: 'https://idp.example',
    subject: `sub-${user}`,
    user,
    email: `${user}@example.com`,
    name: '',
    groups: ['users'],
    claims,
    ...more,
  }
}

export function session(id: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: id.padEnd(43, '_'),
    parent: null,
    host: null,
    identity: identity('alice'),
    authentication: { provider: 'keycloak', at: NOON, amr: ['pwd', 'otp'] },
    createdAt: NOON,
    lastSeen: NOON,
    ...more,
  }
}

export function appSession(id: string, parent: SessionRecord, more: Partial<SessionRecord> = {}): SessionRecord {
  return session(id, { parent: parent.id, host: 'app.example.com', identity: parent.identity, ...more })
}

/** One of alice's. */
export function token(id: string, more: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: id.padEnd(43, '_'),
    account: 'id-of-alice',
    name: id,
    apps: null,
    createdAt: NOON,
    expiresAt: null,
    lastUsed: null,
    ...more,
  }
}
