import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { App } from '../../src/table/table.ts'
import { app, KEY, optionsWith, type Said, tableOf } from './builder.ts'
import { render } from './text.ts'

interface Router {
  readonly rule: string
  readonly priority: number
  readonly service: string
  readonly middlewares: readonly string[]
  readonly entryPoints?: readonly string[]
  readonly tls?: object
}
interface File {
  readonly http: {
    readonly routers: Record<string, Router>
    readonly services: Record<string, { loadBalancer: { servers: { url: string }[] } }>
    readonly middlewares: Record<string, { forwardAuth?: { address: string; authResponseHeaders: string[] } }>
  }
}

// What labels/ lets through: anything that is seen, but for the backtick and the list separator of Traefik.
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from('{}{{"\'\\/:#&*!|>%@, []?-é😀')),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  })
  .filter((word) => !/[\p{C}\p{Zl}\p{Zp}`\u2551]/u.test(word))
const name = text.filter((word) => word.trim() !== '')
const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
const host = fc
  .tuple(fc.constantFrom('', '*.'), label, fc.constantFrom('example.com', 'apps.example.com', 'example.org'))
  .map(([star, first, domain]) => `${star}${first}.${domain}`)
const path = fc.oneof(
  fc.constant('/'),
  text.filter((word) => word !== '').map((word) => `/${word}`),
)
const said: fc.Arbitrary<Said> = fc.record({
  id: name,
  key: name,
  hosts: fc.uniqueArray(host, { maxLength: 4 }),
  path,
  broken: fc.boolean(),
  upstreams: fc.uniqueArray(fc.constantFrom('http://10.0.0.1:80', 'https://10.0.0.2:8443', 'h2c://[fd00::1]:1')),
  tls: fc.boolean(),
  entrypoints: fc.uniqueArray(name, { maxLength: 2 }),
  middlewares: fc.uniqueArray(name, { maxLength: 2 }),
  headers: fc.array(fc.record({ name: fc.constantFrom('X-A', 'Y-B-C', 'Z'), value: fc.constant({ kind: 'user' }) })),
})
const apps = fc.uniqueArray(said, { selector: ({ key }) => key, maxLength: 8 })

/** `Host(…)` and `HostRegexp(…)` of a rule, back as labels write them. */
function hostsOf({ rule }: Router): string[] {
  const exact = [...rule.matchAll(/(?<!!)Host\(`([^`]+)`\)/g)].map(([, host = '']) => host)
  const wildcards = [...rule.matchAll(/HostRegexp\(`\^\[\^\.\]\+\\\.([^`]+)\$`\)/g)].map(([, domain = '']) => domain)
  return [...exact, ...wildcards.map((domain) => `*.${domain.replaceAll('\\.', '.')}`)]
}

test('what is read back is what was said, behind forward-auth, whatever the labels hold', () => {
  fc.assert(
    fc.property(apps, (list) => {
      const built = list.map(app)
      const table = tableOf(...built)
      const text = render(table, optionsWith())
      expect(text).toMatch(/^[\n\x20-\x7e]+$/)
      expect(text).not.toContain('{{')
      const { http } = parse(text, { uniqueKeys: true }) as File
      const { 'labelgate-portal': portal, ...routers } = http.routers
      expect(portal).toBeDefined()
      for (const router of Object.values(routers)) {
        const [strip, auth = '', ...rest] = router.middlewares
        expect(strip).toBe('labelgate-strip')
        const { address = '' } = http.middlewares[auth]?.forwardAuth ?? {}
        expect(address.startsWith(`http://labelgate:4180/auth/forward/${KEY}/`)).toBe(true)
        expect(http.services).toHaveProperty([router.service])
        const id = decodeURIComponent(address.split('/').at(-1) ?? '')
        const owners = built.filter(
          ({ spec }) => spec.id === id && hostsOf(router).every((h) => spec.hosts.includes(h)),
        )
        const owner = owners.find(({ spec }) => router.rule.includes(spec.path === '/' ? '' : `Path(\`${spec.path}\`)`))
        expect(owner).toBeDefined()
        if (router.service === 'labelgate') expect(rest).toEqual(['labelgate-unavailable'])
        else expect(owners.some(({ spec }) => spec.route.middlewares.join('║') === rest.join('║'))).toBe(true)
      }
      // every claimed host and path has exactly one router, so nothing is left for somebody else's
      const claimed = [...table.hosts.values(), ...table.wildcards.values()].flat()
      const places = new Set(claimed.map(({ host, path }) => `${host} ${path}`))
      expect(Object.values(routers).flatMap(hostsOf)).toHaveLength(places.size)
    }),
  )
})

test('only apps that run, with good labels and hosts of their own, are routed to', () => {
  fc.assert(
    fc.property(apps, (list) => {
      const built = list.map(app)
      const table = tableOf(...built)
      const { http } = parse(render(table, optionsWith())) as File
      const claims = [...table.hosts.values(), ...table.wildcards.values()].flat()
      const served = (one: App) =>
        !one.spec.broken && one.upstreams.length > 0 && claims.some(({ app, conflict }) => app === one && !conflict)
      const urls = Object.entries(http.services).flatMap(([name, { loadBalancer }]) =>
        name === 'labelgate' ? [] : [loadBalancer.servers.map(({ url }) => url).join()],
      )
      const wanted = built.filter(served).map(({ upstreams }) => upstreams.map(({ url }) => url).join())
      expect(urls.toSorted()).toEqual(wanted.toSorted())
    }),
  )
})

test('every identity header of any app is taken from requests to each of them', () => {
  fc.assert(
    fc.property(apps, (list) => {
      const { http } = parse(render(tableOf(...list.map(app)), optionsWith())) as File
      const all = list.flatMap(({ headers = [] }) => headers.map(({ name }) => name))
      for (const { forwardAuth } of Object.values(http.middlewares)) {
        if (forwardAuth === undefined) continue
        expect(forwardAuth.authResponseHeaders).toEqual(expect.arrayContaining([...all, 'Cookie', 'Remote-User']))
        expect(new Set(forwardAuth.authResponseHeaders).size).toBe(forwardAuth.authResponseHeaders.length)
      }
    }),
  )
})

test('the same table gives the same bytes: in any order, and whatever was rendered before', () => {
  fc.assert(
    fc.property(apps, fc.infiniteStream(fc.nat()), (list, random) => {
      const built = list.map(app)
      const text = render(tableOf(...built), optionsWith())
      const shuffled = built.map((one) => ({ one, at: random.next().value as number })).toSorted((a, b) => a.at - b.at)
      expect(render(tableOf(...shuffled.map(({ one }) => one)), optionsWith())).toBe(text)
      // half of them, so that the rest is remembered from a table with other conflicts
      render(tableOf(...built.slice(0, list.length / 2)), optionsWith())
      expect(render(tableOf(...built), optionsWith())).toBe(text)
      expect(render(tableOf(...structuredClone(built)), optionsWith())).toBe(text)
    }),
  )
})
