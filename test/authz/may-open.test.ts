/** Which apps the portal's home page offers: those whose start page would let this person in, now and from here. */
import { expect, test } from 'vitest'
import { openableApps } from '../../src/authz/may-open.ts'
import { container } from '../build/container.ts'
import { alice, bob, MINUTE, NOW, sessionOn } from '../build/people.ts'
import { tableOf } from '../build/table.ts'

const table = tableOf([
  container('notes', 'host=notes.example.com'),
  container('admin', 'host=admin.example.com\nallow=group:admins'),
  container('door', 'host=door.example.com\nrequire=network=10.0.0.0/8'),
  container('bank', 'host=bank.example.com\nrequire=fresh=1m'),
  container('open', 'host=open.example.com\nallow=group:admins\npublic=/**'),
  container('start', 'host=start.example.com\nrules.start.path=/\nrules.start.allow=group:admins'),
  container('under', 'host=tools.example.com\npath=/日本'),
  container('hidden', 'host=hidden.example.com\nhidden=true'),
  container('any', 'host=*.any.example.com'),
  container('both', 'host=*.both.example.com, both.example.com'),
  container('broken', 'host=broken.example.com\nalow=x'),
  container('first', 'host=twice.example.com'),
  container('second', 'host=twice.example.com\nallow=group:admins'),
])

function offered(person: typeof alice, address = '203.0.113.9'): string[] {
  const portal = sessionOn('', person, { at: NOW - 2 * MINUTE }).root
  const signedIn = { ...portal, authentication: { provider: 'local', at: NOW - 2 * MINUTE, amr: ['pwd'] } }
  return openableApps(table, signedIn, { address, now: NOW }).map(
    ({ app, host, path }) => `${app.spec.id} ${host}${path}`,
  )
}

const EVERYBODY = [
  'bank bank.example.com/',
  'both both.example.com/',
  'notes notes.example.com/',
  'open open.example.com/',
  'under tools.example.com/日本',
]

test('what allows everybody, what is public, and what asks for a fresh sign-in first', () => {
  expect(offered(alice).toSorted()).toEqual(EVERYBODY)
})

test('an admin is offered what is for admins too; nobody what is hidden, broken, contested or only a wildcard', () => {
  expect(offered(bob).toSorted()).toEqual(
    ['admin admin.example.com/', ...EVERYBODY, 'start start.example.com/'].toSorted(),
  )
})

test('from the right network, what asks for it', () => {
  expect(offered(alice, '10.1.2.3')).toContain('door door.example.com/')
})
