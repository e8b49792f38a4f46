/** What becomes of a request's body where `labelgate.body-limit` stands, by what proxies say of it. */
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../../src/authz/body-limit.ts'
import { decide } from '../../src/authz/decide.ts'
import { parseForwarded } from '../../src/authz/forwarded.ts'
import type { Method } from '../../src/labels/spec.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'

const table = tableOf([container('up', 'host=up.example.com\npublic=/**\nbody-limit=1kB')])

function verdictOf(method: Method, said: string | undefined): string {
  const lines = ['X-Forwarded-Method', method, 'X-Forwarded-Proto', 'https', 'X-Forwarded-Uri', '/']
  lines.push('X-Forwarded-Host', 'up.example.com', ...(said === undefined ? [] : ['X-Labelgate-Body', said]))
  const forwarded = parseForwarded('forward', lines)
  if (forwarded === undefined) return 'no question'
  const { verdict, reason } = decide({ table, now: 0, secure: true, app: undefined }, forwarded.request, undefined)
  return verdict === 'anonymous' ? 'passes' : `${verdict}: ${reason}`
}

test.for([
  ['PUT', '1000;', 'passes'],
  ['PUT', '1001;', 'too-large: body-limit'],
  ['GET', '1001;', 'too-large: body-limit'],
  ['POST', '0;', 'passes'],
  ['POST', ';', 'too-large: body-unsaid'],
  ['POST', '-;-', 'too-large: body-unsaid'],
  ['GET', ';', 'passes'],
  ['DELETE', '-;-', 'passes'],
  ['GET', ';chunked', 'too-large: body-unsaid'],
  ['GET', '5;chunked', 'too-large: body-unsaid'],
] as const)('%s of %s %s', ([method, said, expected]) => {
  expect(verdictOf(method, said)).toBe(expected)
})

test.for(['5', '5, 5;', '+5;', '1e3;', '0x1;', '-1;', '9'.repeat(16) + ';', ' ;x'])(
  'what is no length is none that is known: %s',
  (said) => {
    expect(verdictOf('PUT', said)).toBe('too-large: body-unsaid')
  },
)

test('a proxy that says nothing of bodies is not taken to say that there is none', () => {
  expect(bodyOf('', 'GET')).toBeUndefined()
  expect(verdictOf('PUT', undefined)).toBe('passes')
})

test('who may not pass is not told how much the app takes', () => {
  const closed = tableOf([container('up', 'host=up.example.com\nbody-limit=1kB')])
  const lines = ['X-Forwarded-Method', 'PUT', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Uri', '/']
  const forwarded = parseForwarded('forward', [
    ...lines,
    'X-Forwarded-Host',
    'up.example.com',
    'X-Labelgate-Body',
    '9999;',
  ])
  const setting = { table: closed, now: 0, secure: true, app: undefined }
  expect(forwarded && decide(setting, forwarded.request, undefined).verdict).toBe('sign-in')
})

describe('two opinions of one body', () => {
  test('are no question', () => {
    const lines = ['X-Forwarded-Method', 'PUT', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Uri', '/']
    const said = ['X-Labelgate-Body', '1;', 'x-labelgate-body', '9999;']
    expect(parseForwarded('forward', [...lines, 'X-Forwarded-Host', 'up.example.com', ...said])).toBeUndefined()
  })
})
