import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFault, parseRouterRule, type RouterRule } from '../../src/labels/traefik-rule.ts'
import { REFUSED, TAKEN } from './traefik-rules.ts'

const host = (name: string): RouterRule => ({ kind: 'match', matcher: 'Host', args: [name] })

test.for(TAKEN)('%j is read, as Traefik reads it', (rule) => {
  expect(parseRouterRule(rule)).not.toHaveProperty('reason')
})

test.for(REFUSED)('%j is refused, as Traefik refuses it', (rule) => {
  expect(parseRouterRule(rule)).toHaveProperty('reason')
})

test('&& binds tighter than ||, and ! tighter than both', () => {
  expect(parseRouterRule('Host(`a`) || !Host(`b`) && Host(`c`)')).toEqual({
    kind: 'or',
    left: host('a'),
    right: { kind: 'and', left: { kind: 'not', of: host('b') }, right: host('c') },
  })
})

test('operators of one kind group from the left', () => {
  expect(parseRouterRule('Host(`a`) || Host(`b`) || Host(`c`)')).toEqual({
    kind: 'or',
    left: { kind: 'or', left: host('a'), right: host('b') },
    right: host('c'),
  })
})

test.for([
  ['Host("a\\tb")', 'a\tb'],
  ['Host("\\"\\\\")', '"\\'],
  ['Host("\\x41\\101\\u0041\\U00000041")', 'AAAA'],
  ['Host("\\U0001F600")', '😀'],
  ['Host(`\\x41`)', '\\x41'],
  ['Host(`a\r\nb`)', 'a\nb'],
] as const)('%j holds the text %j', ([rule, text]) => {
  expect(parseRouterRule(rule)).toEqual(host(text))
})

describe('what only could be read is refused', () => {
  test('escapes of bytes above ASCII', () => {
    expect(parseRouterRule(String.raw`Host("\xff")`)).toHaveProperty('reason')
  })
  test('a NUL anywhere', () => {
    expect(parseRouterRule('Host(`a\0`)')).toHaveProperty('reason')
  })
  test('more nesting than anybody writes', () => {
    const nested = (depth: number) => '('.repeat(depth) + 'Host(`a`)' + ')'.repeat(depth)
    expect(parseRouterRule(nested(30))).toEqual(host('a'))
    expect(parseRouterRule(nested(1000))).toHaveProperty('reason')
    expect(parseRouterRule(`${'!'.repeat(2000)}Host(\`a\`)`)).toHaveProperty('reason')
  })
  test('a rule longer than 4096 characters', () => {
    expect(parseRouterRule(`Host(\`a\`)${' '.repeat(4096)}`)).toHaveProperty('reason')
  })
})

const matcher = fc.oneof(
  fc.record({
    kind: fc.constant('match' as const),
    matcher: fc.constantFrom('Host', 'PathPrefix', 'Method', 'HostRegexp'),
    args: fc.tuple(fc.string({ minLength: 1, maxLength: 8 })),
  }),
  fc.record({
    kind: fc.constant('match' as const),
    matcher: fc.constantFrom('Header', 'Query'),
    args: fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ minLength: 1, maxLength: 8 })),
  }),
)
const rules = fc.letrec<{ rule: RouterRule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    matcher as fc.Arbitrary<RouterRule>,
    fc.record({ kind: fc.constantFrom('or' as const, 'and' as const), left: tie('rule'), right: tie('rule') }),
    fc.record({ kind: fc.constant('not' as const), of: tie('rule') }),
  ),
})).rule

/** Every bracket written, so that the grouping is the tree's. */
function write(rule: RouterRule): string {
  switch (rule.kind) {
    case 'or':
      return `(${write(rule.left)} || ${write(rule.right)})`
    case 'and':
      return `(${write(rule.left)} && ${write(rule.right)})`
    case 'not':
      return `!(${write(rule.of)})`
    case 'match':
      return `${rule.matcher}(${rule.args.map(goString).join(', ')})`
  }
}

function goString(text: string): string {
  const escaped = Array.from(text, (letter) => `\\U${(letter.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`)
  return `"${escaped.join('')}"`
}

test('a rule that is written out comes back the same', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const text = write(rule)
      fc.pre(text.length <= 4096 && depth(rule) < 15)
      expect(parseRouterRule(text)).toEqual(rule)
    }),
  )
})

function depth(rule: RouterRule): number {
  if (rule.kind === 'match') return 0
  return 1 + (rule.kind === 'not' ? depth(rule.of) : Math.max(depth(rule.left), depth(rule.right)))
}

test('no text at all makes the parser throw', () => {
  const pieces = fc.constantFrom(
    'Host',
    'Path',
    '(',
    ')',
    '`a`',
    '"b"',
    '&&',
    '||',
    '!',
    ',',
    '\n',
    ' ',
    '"',
    '`',
    '\\',
  )
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const rule = parseRouterRule(text)
      expect(isFault(rule) || write(rule).length > 0).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
