/** `explain` says what was looked at, in the words of the labels, and never differs from what a request gets. */
import { expect, test } from 'vitest'
import { decide } from '../../src/authz/decide.ts'
import { explain } from '../../src/authz/explain.ts'
import { parseForwarded } from '../../src/authz/forwarded.ts'
import type { LiveSession } from '../../src/session/live.ts'
import { container } from '../build/container.ts'
import { alice, bob, NOW, sessionOn } from '../build/people.ts'
import { tableOf } from '../build/table.ts'

const table = tableOf([
  container(
    'wiki',
    `host=wiki.example.com
     allow=group:users
     deny=user:mallory
     public=GET /static/**
     public-from=10.0.0.0/8
     rules.admin.path=/admin
     rules.admin.allow=group:admins
     rules.admin.require=fresh=1h`,
  ),
  container('plain', 'host=plain.example.com'),
  container('broken', 'host=broken.example.com\nalow=x'),
])

const sessions: Readonly<Record<string, LiveSession | undefined>> = {
  nobody: undefined,
  alice: sessionOn('wiki.example.com', alice),
  bob: sessionOn('wiki.example.com', bob),
}

function asked(host: string, uri: string) {
  const lines = ['X-Forwarded-Method', 'GET', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', host]
  const found = parseForwarded('forward', [...lines, 'X-Forwarded-Uri', uri, 'X-Forwarded-For', '203.0.113.9'])
  if (found === undefined) throw new Error(`${host}${uri} is refused`)
  return found.request
}

const setting = { table, now: NOW, secure: true, app: undefined }

function told(host: string, uri: string, who: string): string[] {
  const { steps } = explain(setting, asked(host, uri), sessions[who])
  return steps.map(({ part, words, outcome }) => `${part}: ${words}: ${outcome}`)
}

test('somebody who may: the app, then each label in the order in which it is asked', () => {
  expect(told('wiki.example.com', '/page', 'alice')).toEqual([
    'app: wiki (wiki): has wiki.example.com/',
    'public: labelgate.public=GET /static/**: does not cover it',
    'public-from: labelgate.public-from=10.0.0.0/8: decides by the client address',
    'deny: labelgate.deny=user:mallory: does not name alice',
    'allow: labelgate.allow=group:users: names alice',
  ])
})

test('a public path: which words open it', () => {
  expect(told('wiki.example.com', '/static/x', 'nobody')).toContain(
    'public: labelgate.public=GET /static/**: covers it: no sign-in is needed',
  )
})

test('a public path that can be read in two ways is not opened by it, and that is said', () => {
  expect(told('wiki.example.com', '/static/x%2fy', 'nobody')).toContain(
    'public: labelgate.public=GET /static/**: does not cover it',
  )
})

test('a rule: its path, and its own words in place of those of the app', () => {
  const steps = told('wiki.example.com', '/admin/x', 'alice')
  expect(steps).toContain('rule: labelgate.rules.admin.path=/admin: is the narrowest that covers it')
  expect(steps).toContain('allow: labelgate.rules.admin.allow=group:admins: does not name alice')
  expect(steps.at(-1)).toBe('require: labelgate.rules.admin.require=fresh=1h: fresh')
})

test('a path that can be read in two ways: every policy it could come under', () => {
  const steps = told('wiki.example.com', '/x%2fadmin', 'bob')
  expect(steps[0]).toContain('every policy it could come under must allow')
  expect(steps.filter((step) => step.startsWith('allow:'))).toHaveLength(2)
})

test('nobody is named by nothing, and what no label says is called the default', () => {
  expect(told('plain.example.com', '/', 'nobody')).toEqual([
    'app: plain (plain): has plain.example.com/',
    'allow: default (LABELGATE_DEFAULT_ALLOW): does not name nobody',
  ])
})

test.for(['unknown.example.com', 'broken.example.com'])('for %s no words decide, and there are no steps', (host) => {
  expect(explain(setting, asked(host, '/'), sessions['alice']).steps).toEqual([])
})

const requests = ['/', '/page', '/static/x', '/admin', '/ADMIN/x', '/admin%2fx', '/x;y'].flatMap((uri) =>
  ['wiki.example.com', 'plain.example.com', 'broken.example.com', 'unknown.example.com'].map(
    (host) => [host, uri] as const,
  ),
)

test.for(requests)('the decision it tells of is the one a request gets: %s%s', ([host, uri]) => {
  for (const session of Object.values(sessions)) {
    for (const at of [setting, { ...setting, table: undefined }, { ...setting, app: 'wiki' }]) {
      expect(explain(at, asked(host, uri), session).decision).toEqual(decide(at, asked(host, uri), session))
    }
  }
})
