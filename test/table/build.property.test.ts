import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Container } from '../../src/docker/container.ts'
import { canonicalPath, type CanonicalPath } from '../../src/syntax/path.ts'
import { build, TableBuilder, type Entry } from '../../src/table/build.ts'
import { identityHeaderNames } from '../../src/table/header-names.ts'
import { lookup } from '../../src/table/lookup.ts'
import type { Claim, Table } from '../../src/table/table.ts'
import { container } from '../build/container.ts'
import { entry, networking } from '../build/table.ts'

const HOSTS = ['a.example.com', 'b.example.com', 'A.example.com', '*.example.com', '*.b.example.com', 'x.b.example.com']
const LABELS = {
  host: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  path: fc.option(fc.constantFrom('/', '/x', '/x/y', '/X'), { nil: undefined }),
  public: fc.option(fc.constantFrom('/x/**', '/'), { nil: undefined, freq: 3 }),
  alow: fc.option(fc.constant('typo'), { nil: undefined, freq: 8 }),
  'headers.X-Who': fc.option(fc.constantFrom('user', 'email'), { nil: undefined, freq: 4 }),
  'apps.two.host': fc.option(fc.constantFrom(...HOSTS), { nil: undefined, freq: 4 }),
}

/** Few names and few words, so that they meet; ids are unique, as Docker's are. */
const containers: fc.Arbitrary<Container> = fc
  .record({
    n: fc.nat({ max: 7 }),
    renamed: fc.boolean(),
    labels: fc.record(LABELS),
    service: fc.option(fc.constantFrom('shop/web', 'shop/api'), { nil: undefined }),
    created: fc.integer({ min: 100, max: 103 }),
    state: fc.constantFrom('running', 'running', 'running', 'created', 'exited'),
    health: fc.constantFrom('none', 'none', 'starting', 'healthy'),
    connected: fc.boolean(),
    published: fc.boolean(),
  })
  .map(({ n, renamed, labels, service, connected, published, ...words }) => {
    const said = Object.entries(labels).filter((label): label is [string, string] => label[1] !== undefined)
    return container(renamed ? `r${n}` : `c${n}`, Object.fromEntries(said), {
      ...words,
      ...(service !== undefined && { service }),
      id: `${n}`,
      networks: [{ name: connected ? 'proxy' : 'elsewhere', address: `172.18.0.${n + 1}` }],
      published: published ? [{ address: '0.0.0.0', hostPort: 80, containerPort: 80 }] : [],
    })
  })

type Event = readonly [id: string, entry: Entry | undefined]
const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: containers.map((one): Event => [one.id, entry(one)]) },
    { weight: 1, arbitrary: fc.nat({ max: 7 }).map((n): Event => [`${n}`, undefined]) },
  ),
  { maxLength: 25 },
)

/** All that a table says, in an order that can be compared; that of `apps` is promised, and kept. */
function written(table: Table) {
  const byHost = (claims: ReadonlyMap<string, readonly Claim[]>) => [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    apps: [...table.apps],
    hosts: byHost(table.hosts),
    wildcards: byHost(table.wildcards),
    contested: [...table.contested].toSorted(),
    problems: table.problems,
    names: identityHeaderNames(table),
  }
}

test('whatever events led to a set of containers, the table is the one built of that set in any order', () => {
  const runs = fc.record({ events, looks: fc.array(fc.boolean()), order: fc.infiniteStream(fc.nat()) })
  fc.assert(
    fc.property(runs, ({ events, looks, order }) => {
      const builder = new TableBuilder(networking)
      const last = new Map<string, Entry>()
      for (const [i, [id, one]] of events.entries()) {
        builder.set(id, one)
        if (one === undefined) last.delete(id)
        else last.set(id, one)
        // a table made in between must leave no trace
        if (looks[i] === true) builder.table()
      }
      const ranked = [...last.values()].map((one) => [order.next().value ?? 0, one] as const)
      const shuffled = ranked.toSorted(([a], [b]) => a - b).map(([, one]) => one)
      const expected = written(build(last.values(), networking))
      expect(written(build(shuffled, networking))).toEqual(expected)
      expect(written(builder.table())).toEqual(expected)
    }),
    { numRuns: 400 },
  )
})

const requests = fc.record({
  host: fc.constantFrom(
    'a.example.com',
    'b.example.com',
    'c.example.com',
    'x.b.example.com',
    'y.b.example.com',
    'example.com',
  ),
  path: fc.constantFrom('/', '/x', '/x/', '/x/y', '/x/y/z', '/xy', '/X', '/x%2fy', '/x;y'),
})

test('a look-up finds what a search through everything finds', () => {
  fc.assert(
    fc.property(events, fc.array(requests, { minLength: 10 }), (events, requests) => {
      const last = new Map(events.flatMap(([id, one]) => (one === undefined ? [] : [[id, one]])))
      const table = build(last.values(), networking)
      for (const { host, path } of requests) {
        const canonical = canonicalPath(path)
        expect(canonical).toBeDefined()
        if (canonical !== undefined) expect(lookup(table, host, canonical)).toEqual(search(table, host, canonical))
      }
    }),
    { numRuns: 400 },
  )
})

/** Exact hosts before wildcards, then the longest path: as it would be said to a person, one segment after another. */
function search(table: Table, host: string, path: CanonicalPath): Claim | undefined {
  const segments = path.text.split('/')
  const claims = [...table.hosts.values(), ...table.wildcards.values()].flat()
  const depth = (claim: Claim) => (claim.path === '/' ? 1 : claim.path.split('/').length)
  const covers = (claim: Claim) => claim.path === '/' || claim.path.split('/').every((part, i) => segments[i] === part)
  const exact = claims.filter((claim) => claim.host === host && covers(claim))
  const wild = claims.filter((claim) => claim.host === `*.${host.split('.').slice(1).join('.')}` && covers(claim))
  const all = exact.length > 0 ? exact : wild
  return all.toSorted((a, b) => depth(b) - depth(a))[0]
}

test('every host that a claiming container names is known, and no other; one claimed twice is denied', () => {
  fc.assert(
    fc.property(events, (events) => {
      const last = new Map(events.flatMap(([id, one]) => (one === undefined ? [] : [[id, one]])))
      const table = build(last.values(), networking)
      const claims = [...table.hosts.values(), ...table.wildcards.values()].flat()
      for (const claim of claims) {
        const same = claims.filter(({ host, path }) => host === claim.host && path === claim.path)
        expect(claim.conflict).toBe(same.length > 1)
        expect(claim.app.containers.length).toBeGreaterThan(0)
        expect([...table.apps.values()]).toContain(claim.app)
      }
      expect(table.contested).toEqual(new Set(claims.filter(({ conflict }) => conflict).map(({ host }) => host)))
      const named = new Set([...table.apps.values()].flatMap(({ spec }) => spec.hosts))
      expect(new Set(claims.map(({ host }) => host))).toEqual(named)
    }),
    { numRuns: 300 },
  )
})
