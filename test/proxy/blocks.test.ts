import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blocksOf, type Blocks } from '../../src/proxy/traefik/blocks.ts'
import type { Document } from '../../src/proxy/traefik/document.ts'
import { render } from '../../src/proxy/traefik/render.ts'
import type { App } from '../../src/table/table.ts'
import { app, optionsWith, type Said, tableOf } from './builder.ts'

const APPS = 150

const events = fc.array(
  fc.record({
    n: fc.nat({ max: APPS - 1 }),
    said: fc.option(
      fc.record<Said>({
        // few, so that they are contested, by neighbours and by apps of other blocks
        hosts: fc.uniqueArray(fc.constantFrom('a.example.com', '*.example.com', 'b.example.com'), { maxLength: 2 }),
        path: fc.constantFrom('/', '/x'),
        upstreams: fc.constantFrom([], ['http://10.0.0.1:80']),
      }),
      { nil: undefined },
    ),
    header: fc.option(fc.constantFrom('X-A', 'X-B'), { nil: undefined, freq: 9 }),
  }),
  { minLength: 1, maxLength: 12 },
)

function appOf(n: number, said: Said = {}): App {
  return app({ id: `app-${n}`, ...said })
}

test('whatever changes led to a table, its file is the one that is rendered from nothing', () => {
  fc.assert(
    fc.property(events, (events) => {
      const apps = new Map<number, App>()
      for (let n = 0; n < APPS; n += 2) apps.set(n, appOf(n))
      const steps = events.map(({ n, said, header }) => {
        const headers = header === undefined ? {} : { headers: [{ name: header, value: { kind: 'user' as const } }] }
        if (said === undefined) apps.delete(n)
        else apps.set(n, appOf(n, { ...said, ...headers }))
        const list = [...apps.values()]
        return { list, rendered: render(tableOf(...list), optionsWith()) }
      })
      for (const { list, rendered } of steps) {
        // apps that nobody has seen before: nothing that was kept is of use
        const fromNothing = render(tableOf(...structuredClone(list)), optionsWith())
        expect(rendered.text).toBe(fromNothing.text)
        expect(rendered.sameAs(fromNothing)).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

const many = Array.from({ length: 2000 }, (_, n) => appOf(n))

/** Bytes of the parts that the other document does not share. */
function anew(document: Document, before: Document): number {
  const kept = new Set(before.parts)
  return document.parts.reduce((sum, part) => sum + (kept.has(part) ? 0 : part.length), 0)
}

test.for([
  ['changes', many.with(777, appOf(777, { upstreams: ['http://10.9.9.9:80'] }))],
  ['goes', many.toSpliced(777, 1)],
  ['comes', [...many, appOf(2000)]],
  ['is contested by another', many.with(777, appOf(777, { hosts: ['app-1234.example.com'] }))],
] as const)('where one app %s, the bytes of nearly all the others are those of before', ([, apps]) => {
  const before = render(tableOf(...many), optionsWith())
  const after = render(tableOf(...apps), optionsWith())
  expect(after.sameAs(before)).toBe(false)
  expect(anew(after, before)).toBeLessThan(after.byteLength / 10)
  // and back again, from the other side
  expect(anew(render(tableOf(...many), optionsWith()), after)).toBeLessThan(before.byteLength / 10)
})

test('blocks are cut where they would be from nothing, also where the app at an edge goes or comes', () => {
  const linesOf = () => ({ routers: '', services: '', middlewares: '' })
  const blocks = (apps: readonly App[], known: Blocks = new Map()) =>
    blocksOf(apps, { known, touched: new Set(), linesOf })
  const all = blocks(many)
  expect(all.size).toBeGreaterThan(20)
  for (const edge of all.keys()) {
    const rest = many.filter((app) => app !== edge)
    const without = blocks(rest, all)
    expect([...without.keys()]).toEqual([...blocks(rest).keys()])
    expect([...blocks(many, without).keys()]).toEqual([...all.keys()])
  }
})
