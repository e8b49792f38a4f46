import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEYS } from '../../src/labels/keys.ts'
import type { Operator } from '../../src/labels/operator.ts'
import { readLabels } from '../../src/labels/read.ts'
import type { AppSpec } from '../../src/labels/spec.ts'
import { isHostName } from '../../src/syntax/host.ts'
import { canonicalPath, isUnder } from '../../src/syntax/path.ts'
import { OPERATOR } from './operator.ts'

const NAMES = Object.keys(KEYS)
const EXAMPLES = Object.values(KEYS).map(({ example }) => example)

const key = fc.oneof(
  fc.constantFrom(...NAMES.map((name) => `labelgate.${name}`)),
  fc.constantFrom(...NAMES.map((name) => `labelgate.apps.api.${name}`)),
  fc.constantFrom(...NAMES.map((name) => `labelgate.rules.r1.${name}`)),
  fc.constantFrom('LABELGATE.Host', 'labelgate.Allow', 'lablegate.allow', 'labelgate', 'labelgate.', 'labelgate.apps'),
  fc.constantFrom(
    'labelgate.headers.X-A',
    'labelgate.headers.Host',
    'labelgate.rules.r2.path',
    'labelgate.apps.b.host',
  ),
  fc.constantFrom('traefik.http.routers.web.rule', 'traefik.HTTP.routers.api.rule', 'traefik.enable'),
  fc.constantFrom('com.docker.compose.service', 'com.docker.compose.project', 'com.docker.swarm.service.name'),
  fc.string({ maxLength: 12, unit: 'binary' }).map((rest) => `labelgate.${rest}`),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
)
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...EXAMPLES) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('true', 'false', '/a', '/**', 'a.example.com,b.example.com', '*.b.example.com'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Host(`a.example.com`)', 'Host(`a`) && PathPrefix(`/x/`)', 'HostRegexp(`.`)'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 40, unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40, unit: 'grapheme' }) },
)
/** A key with its own example, somewhere it may stand: most of them are good. */
const fitting = fc.constantFrom(
  ...Object.entries(KEYS).flatMap(([name, { example, scopes, parameter }]) => {
    const key = parameter === undefined ? name : `${name}.X-B`
    return scopes
      .flatMap((scope) => (scope === 'rule' ? ['rules.r1.'] : scope === 'app' ? ['', 'apps.api.'] : ['']))
      .map((place): [string, string] => [`labelgate.${place}${key}`, example])
  }),
)
const labelSets = fc.oneof(
  fc.array(fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: fc.tuple(key, value) }), {
    maxLength: 8,
  }),
  fc.array(fc.tuple(key, value), { maxLength: 8 }),
)
const names = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('web', 'My_App.2', 'auth') },
  fc.string({ maxLength: 10 }),
)
const operators: fc.Arbitrary<Operator> = fc
  .record({
    protect: fc.constantFrom('labelled' as const, 'all' as const),
    optOut: fc.boolean(),
    wildcardHosts: fc.boolean(),
    publicLabels: fc.boolean(),
    ownsRoutes: fc.boolean(),
    hostSuffixes: fc.constantFrom([], ['example.com']),
  })
  .map((change) => ({ ...OPERATOR, ...change }))

const many = { numRuns: 1000 }

test('whatever the labels are, there is an answer, and what is not broken has no error', () => {
  let good = 0
  let broken = 0
  fc.assert(
    fc.property(labelSets, operators, names, (labels, operator, name) => {
      const { apps, problems } = readLabels({ name, labels: Object.fromEntries(labels) }, operator)
      const errors = problems.filter(({ severity }) => severity === 'error')
      const wrong = apps.filter((app) => app.broken)
      good += apps.length - wrong.length
      broken += wrong.length
      expect(wrong.length > 0).toBe(errors.length > 0)
      for (const app of apps) expectSound(app, operator)
    }),
    many,
  )
  // else the test would say little
  expect(Math.min(good, broken)).toBeGreaterThan(many.numRuns / 20)
})

function expectSound(app: AppSpec, operator: Operator): void {
  for (const host of app.hosts) {
    expect(isHostName(host.startsWith('*.') ? host.slice(2) : host)).toBe(true)
    expect(host.startsWith('*.') && !operator.wildcardHosts).toBe(false)
    expect(host).not.toBe(operator.portalHost)
    if (operator.hostSuffixes.length > 0) expect(`.${host}`).toMatch(/\.example\.com$/)
  }
  expect(app.hosts.length).toBeLessThanOrEqual(16)
  expect(canonicalPath(encodeURI(app.path))).toMatchObject({ text: app.path, ambiguous: false })
  if (app.broken) {
    expect([...app.policy.allow, ...app.policy.public, ...app.policy.accept, ...app.rules]).toEqual([])
    expect(app.policy.publicFrom).toBeUndefined()
    return
  }
  expect(app.hosts.length).toBeGreaterThan(0)
  expect(app.policy.allow.length).toBeGreaterThan(0)
  for (const rule of app.rules) expect(isUnder(app.path.toLowerCase(), rule.folded)).toBe(true)
  if (!operator.publicLabels) expect(app.policy.public).toEqual([])
}

test('the order of labels does not matter', () => {
  fc.assert(
    fc.property(
      labelSets.chain((labels) =>
        fc.tuple(fc.constant(labels), fc.shuffledSubarray(labels, { minLength: labels.length })),
      ),
      ([labels, shuffled]) => {
        const unique = new Map(labels)
        const others = new Map(shuffled.map(([key]) => [key, unique.get(key) ?? '']))
        const read = (from: Map<string, string>) =>
          readLabels({ name: 'web', labels: Object.fromEntries(from) }, { ...OPERATOR, ownsRoutes: false })
        expect(read(others)).toEqual(read(unique))
      },
    ),
    many,
  )
})

test('an error in one app leaves the other as it is', () => {
  fc.assert(
    fc.property(labelSets, (labels) => {
      const own = labels.filter(([key]) => /^labelgate\.apps\.api\.[a-z-]+$/.test(key))
      const both = {
        ...Object.fromEntries(own),
        'labelgate.host': 'main.example.com',
        'labelgate.allow': 'group:staff',
      }
      const [main] = readLabels({ name: 'web', labels: both }, OPERATOR).apps
      expect(main).toMatchObject({ hosts: ['main.example.com'], broken: false })
      expect(main?.policy.allow).toEqual([{ kind: 'group', name: 'staff' }])
    }),
    many,
  )
})
