/** Every vector of groups A and B that header lines alone can say, at the level of parsing and deciding. */
import { expect, test } from 'vitest'
import { aliasTest } from '../../src/authz/aliases.ts'
import { decide } from '../../src/authz/decide.ts'
import { parseForwarded, type Dialect } from '../../src/authz/forwarded.ts'
import type { LiveSession } from '../../src/session/live.ts'
import { identityHeaderNames } from '../../src/table/header-names.ts'
import { alice, bob, NOW, sessionOn } from '../build/people.ts'
import { tableOf } from '../build/table.ts'
import { fixtureContainers, type Line, type Safe, type Vector } from './fixture.ts'
import { groupA } from './group-a.ts'
import { groupB, groupNginx } from './group-b.ts'

const table = tableOf(fixtureContainers())
const aliased = aliasTest(identityHeaderNames(table))

function answer(dialect: Dialect, lines: readonly Line[]): Safe {
  const flat = lines.flat()
  const forwarded = parseForwarded(dialect, flat)
  if (forwarded === undefined || aliased(flat)) return 'BAD'
  const setting = { table, now: NOW, secure: true, app: undefined }
  const decision = decide(setting, forwarded.request, sessionIn(lines))
  if (decision.verdict === 'allow') return decision.session.identity.user === 'bob' ? 'AS bob' : 'AS alice'
  return decision.verdict === 'anonymous' ? 'ANON' : 'DENY'
}

function sessionIn(lines: readonly Line[]): LiveSession | undefined {
  const cookie = lines.find(([name]) => name === 'Cookie')?.[1] ?? ''
  const [, who, host = ''] = /\$(\w+)@(.+)$/.exec(cookie) ?? []
  return who === undefined ? undefined : sessionOn(host, who === 'bob' ? bob : alice)
}

function shown({ id, lines, safe }: Vector): string {
  const text = lines.map(([name, value]) => `${name}: ${value}`).join(' | ')
  return `${id} ${safe}: ${JSON.stringify(text.replaceAll('X-Forwarded-', '').slice(0, 160))}`
}

const safely: Record<Safe, readonly Safe[]> = {
  DENY: ['DENY', 'BAD'],
  BAD: ['BAD'],
  ANON: ['ANON'],
  'AS alice': ['AS alice'],
  'AS bob': ['AS bob'],
}

test.for([...groupA, ...groupB].map((vector) => [shown(vector), vector] as const))('%s', ([, vector]) => {
  expect(safely[vector.safe]).toContain(answer('forward', vector.lines))
})

test.for(groupNginx.map((vector) => [shown(vector), vector] as const))('nginx %s', ([, vector]) => {
  expect(safely[vector.safe]).toContain(answer('nginx', vector.lines))
})
