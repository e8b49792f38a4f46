import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { app, optionsWith, type Said, tableOf } from './builder.ts'
import { render } from './text.ts'

const GOLDEN = `${import.meta.dirname}/golden`
const cases = globSync('*.txt', { cwd: GOLDEN }).toSorted()

interface Golden {
  readonly options?: Parameters<typeof optionsWith>[0]
  readonly apps: readonly Said[]
}

/** How many `{` follow each other anywhere: Go's templates begin at two. */
const braces = (text: string) => text.match(/\{\{/g)?.length ?? 0

test.for(cases)('the file for golden/%s is the one beside it', async (name) => {
  const { apps, options } = parse(readFileSync(`${GOLDEN}/${name}`, 'utf8')) as Golden
  const text = render(tableOf(...apps.map(app)), optionsWith(options))
  expect(parse(text)).toMatchObject({ http: {} })
  expect(braces(text)).toBe(0)
  await expect(text).toMatchFileSnapshot(`${GOLDEN}/${name.replace('.txt', '.yml')}`)
})

const hosts = [
  'tenant.example.com`) || Host(`admin.example.com',
  'x`)||PathPrefix(`/`',
  'x") || Host("admin.example.com',
  'a.example.com\n    middlewares: []',
  'a.example.com\u2028x: y',
  '*.`',
  '*',
  '*.*',
  '',
  '.',
  'A.example.com',
  'app\u200b.example.com',
  '10.0.0.1',
]
test.for(hosts)('a host that is none is never put in a rule: %j (H-01, H-02)', (host) => {
  const table = tableOf(app(), app({ id: 'evil', hosts: [host] }))
  expect(() => render(table, optionsWith())).toThrow('is no host name')
})

const paths = [
  ['/`) || Host(`admin.example.com', 'a backtick'],
  ['/a\n    middlewares: []', 'a character that must not be'],
  ['/a\u0085b', 'a character that must not be'],
  ['/a\u2029b', 'a character that must not be'],
  ['/a\u202eb', 'a character that must not be'],
  ['/a\0b', 'a character that must not be'],
  ['/a\ud800b', 'a character that must not be'],
  ['/a║b', 'a character that must not be'],
] as const
test.for(paths)('a path that could be read as more is refused: %j', ([path, reason]) => {
  expect(() => render(tableOf(app({ path })), optionsWith())).toThrow(reason)
})

test.for([
  ['middlewares', { middlewares: ['compress@file║'] }],
  ['entrypoints', { entrypoints: ['web║websecure'] }],
  ['certresolver', { tls: true, certresolver: 'le\n' }],
  ['upstreams', { upstreams: ['http://10.0.0.1:80\u2028'] }],
] as const)('what Traefik would split in two is refused in %s', ([, said]) => {
  expect(() => render(tableOf(app(said)), optionsWith())).toThrow('must not be in the Traefik file')
})

test('an app that changed is rendered anew, and everything once the surroundings change', () => {
  const [one, two] = [app({ id: 'one' }), app({ id: 'two' })]
  const before = render(tableOf(one, two), optionsWith())
  const moved = app({ id: 'two', upstreams: ['http://10.9.9.9:80'] })
  expect(render(tableOf(one, moved), optionsWith())).toBe(before.replace(/(two-\w+".*)172.18.0.3/, '$110.9.9.9'))
  const elsewhere = render(tableOf(one, two), optionsWith({ internalUrl: 'http://gate:1' }))
  expect(elsewhere).toBe(before.replaceAll('http://labelgate:4180', 'http://gate:1'))
  expect(render(tableOf(one, two), optionsWith())).toBe(before)
})

test('an app that another one begins to contest loses the host, and gets it back', () => {
  const one = app({ id: 'one', hosts: ['a.example.com'] })
  const alone = render(tableOf(one), optionsWith())
  const contested = render(tableOf(one, app({ id: 'two', hosts: ['a.example.com'] })), optionsWith())
  expect(contested).not.toContain('172.18.0.3')
  expect(contested.match(/a\.example\.com/g)).toHaveLength(1)
  expect(render(tableOf(one), optionsWith())).toBe(alone)
})

test('the portal cannot be claimed, even by a table that says so', () => {
  const text = render(tableOf(app({ hosts: ['auth.example.com'] })), optionsWith())
  expect(text.match(/auth\.example\.com/g)).toHaveLength(1)
})

test('a header of the operator’s in which tokens are taken never reaches an app either', () => {
  const before = render(tableOf(app()), optionsWith())
  const text = render(tableOf(app()), { ...optionsWith(), tokenHeader: 'X-Api-Key' })
  expect(text).toContain('"authResponseHeaders":["Authorization",')
  expect(text).toContain('"X-Api-Key",')
  expect(render(tableOf(app()), optionsWith())).toBe(before)
})

test('the middleware holds what a forward-auth of ours must say, and nothing that weakens it (H-31)', () => {
  const { http } = parse(render(tableOf(app()), optionsWith())) as { http: { middlewares: Record<string, object> } }
  const auth = Object.entries(http.middlewares).find(([name]) => name.endsWith('-auth'))
  expect(auth?.[1]).toEqual({
    forwardAuth: {
      address: 'http://labelgate:4180/auth/forward/KeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKey0/whoami',
      authResponseHeaders: [
        'Authorization',
        'Cookie',
        'Remote-Email',
        'Remote-Groups',
        'Remote-Name',
        'Remote-User',
        'X-Labelgate-Assertion',
      ],
      maxResponseBodySize: 16384,
      trustForwardHeader: false,
    },
  })
})
