import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guarded, overview, type Seen } from '../../../src/proxy/guard/labels.ts'
import { CONTEXT } from './context.ts'
import { labels, numbered } from './labels-arbitrary.ts'

const containers = fc
  .array(labels, { minLength: 1, maxLength: 6 })
  .map((all) =>
    all.map((drawn, index): Seen => ({ id: `${index}`, name: `app_${index}`, labels: numbered(drawn, index) })),
  )

const isOurs = (name: string) => /^labelgate-(?:.+-)?[0-9a-f]{16}$/.test(name)

function all(seen: readonly Seen[]) {
  const view = overview(seen, CONTEXT)
  return seen.map((one) => ({ one, ...guarded(one, view, CONTEXT) }))
}

test('a container that is not withheld loses no label, and of its values only middlewares are added to, in front', () => {
  fc.assert(
    fc.property(containers, (seen) => {
      for (const { one, labels, verdict } of all(seen)) {
        if (verdict === 'withheld') continue
        for (const [key, value] of Object.entries(one.labels)) {
          const [now = '', ...more] = Object.entries(labels).flatMap(([name, shown]) => (name === key ? [shown] : []))
          expect(more).toEqual([])
          if (now === value) continue
          expect(key).toMatch(/^traefik\.http\.routers\.[^.]+\.middlewares$/i)
          expect(verdict).toBe('protected')
          expect(now.endsWith(value)).toBe(true)
          expect(isOurs(now.slice(0, now.length - value.length).replace(/,$/, ''))).toBe(true)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('what is added are middlewares of routers and the definitions of ours, all of which are there', () => {
  fc.assert(
    fc.property(containers, (seen) => {
      for (const { one, labels, verdict } of all(seen)) {
        const added = Object.entries(labels).filter(([key]) => !Object.hasOwn(one.labels, key))
        if (verdict === 'as-is') expect(added).toEqual([])
        if (verdict !== 'protected') continue
        const firsts = Object.entries(labels)
          .filter(([key]) => /^traefik\.http\.routers\.[^.]+\.middlewares$/i.test(key))
          .map(([, value]) => value.split(',')[0] ?? '')
        for (const first of new Set(firsts.filter(isOurs)))
          expect(labels[`traefik.http.middlewares.${first}.forwardauth.address`]).toMatch(/^http:\/\/labelgate:4180\//)
        for (const [key] of added)
          expect(key).toMatch(
            /^traefik\.http\.(?:routers\.[^.]+\.middlewares|middlewares\.labelgate-[^.]+\.forwardauth\.\w+)$/,
          )
      }
    }),
    { numRuns: 200 },
  )
})

test('a container that is withheld has one label of Traefik, which says so', () => {
  fc.assert(
    fc.property(containers, (seen) => {
      for (const { one, labels, problems, verdict } of all(seen)) {
        if (verdict !== 'withheld') continue
        const rest = Object.entries(one.labels).filter(([key]) => !/^traefik\./i.test(key))
        expect(labels).toEqual({ ...Object.fromEntries(rest), 'traefik.enable': 'false' })
        expect(problems.some(({ severity }) => severity === 'error')).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})

test('the order of labels and of containers is no matter', () => {
  const turned = (one: Seen): Seen => ({ ...one, labels: Object.fromEntries(Object.entries(one.labels).toReversed()) })
  fc.assert(
    fc.property(containers, (seen) => {
      const other = all(seen.map(turned).toReversed()).toReversed()
      all(seen).forEach(({ labels, problems, verdict }, index) => {
        expect({ labels: other[index]?.labels, verdict: other[index]?.verdict }).toEqual({ labels, verdict })
        expect(other[index]?.problems).toEqual(problems)
      })
    }),
    { numRuns: 200 },
  )
})

test('a second look at the same container, with labels read anew, shows the same', () => {
  fc.assert(
    fc.property(containers, (seen) => {
      const view = overview(seen, CONTEXT)
      for (const one of seen)
        expect(guarded({ ...one, labels: { ...one.labels } }, view, CONTEXT)).toEqual(guarded(one, view, CONTEXT))
    }),
  )
})

test('replicas are shown the same labels, but for what they say of their own', () => {
  fc.assert(
    fc.property(labels, fc.array(labels, { maxLength: 4 }), (drawn, others) => {
      const compose = { 'com.docker.compose.project': 'p', 'com.docker.compose.service': 'web' }
      const same = { ...numbered(drawn, 0), ...compose }
      const replicas = [1, 2, 3].map((n): Seen => ({ id: `r${n}`, name: `p-web-${n}`, labels: { ...same } }))
      const rest = others.map((drawn, n): Seen => ({ id: `${n}`, name: `app_${n}`, labels: numbered(drawn, n + 9) }))
      const [first, ...more] = all([...replicas, ...rest]).slice(0, 3)
      for (const each of more) expect(each.labels).toEqual(first?.labels)
    }),
  )
})

test('whatever labels there are, there is an answer that is text on one line', () => {
  const part = fc.oneof(fc.constantFrom('http', 'routers', 'a', '[', ']', '[0]', '', '@', 'middlewares'), fc.string())
  const key = fc.array(part, { maxLength: 6 }).map((parts) => ['traefik', ...parts].join('.'))
  const any = fc.dictionary(fc.oneof(key, fc.string()), fc.string(), { noNullPrototype: false })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 4 }), fc.boolean(), (drawn, ours) => {
      const seen = drawn.map((labels, n): Seen => ({
        id: `${n}`,
        name: `app${n}`,
        labels: ours ? { ...labels, 'labelgate.allow': 'signed-in' } : labels,
      }))
      for (const { problems } of all(seen))
        for (const { container, reason, key = '', value = '', mend = '' } of problems)
          expect([container, reason, key, value, mend].join(' ')).not.toMatch(/[\p{Cc}\p{Cs}]/u)
    }),
    { numRuns: 400 },
  )
})
