import { describe, expect, test } from 'vitest'
import { findingsOf, type OurSide } from '../../src/proxy/traefik/findings.ts'
import { readEntryPoint, readMiddleware, readRouter, type TraefikView } from '../../src/proxy/traefik/seen.ts'

const US: OurSide = { mode: 'entrypoint', internalUrl: 'http://labelgate:4180', portalHost: 'auth.example.com' }
const ADDRESS = 'http://labelgate:4180/auth/forward/key'

type Json = Record<string, unknown>
/** As Traefik's API says it (3.7.13). */
const entryPoint = (name: string, http: Json = {}, rest: Json = {}) =>
  readEntryPoint({
    name,
    address: ':443',
    forwardedHeaders: {},
    http: { sanitizePath: true, aliasHeadersStrategy: 'delete', ...http },
    ...rest,
  })
const router = (name: string, rest: Json = {}) =>
  readRouter({
    name,
    provider: name.split('@')[1],
    rule: 'Host(`a.example.com`)',
    status: 'enabled',
    using: ['websecure'],
    ...rest,
  })
const middleware = (name: string, forwardAuth: Json = {}) =>
  readMiddleware({ name, forwardAuth: { address: ADDRESS, trustForwardHeader: false, ...forwardAuth } })
const OURS = { middlewares: ['labelgate@file'] }
const portal = router('websecure-labelgate-portal@file', { ...OURS, rule: 'Host(`auth.example.com`)' })

const GOOD: TraefikView = {
  version: '3.7.13',
  entryPoints: [
    entryPoint('traefik', {}, { address: ':8080' }),
    entryPoint('web', { redirections: { entryPoint: { to: 'websecure' } } }),
    entryPoint('websecure', OURS),
  ],
  middlewares: [middleware('labelgate@file')],
  routers: [
    portal,
    router('websecure-app@docker', OURS),
    router('api@internal', { using: ['traefik'] }),
    router('web-to-websecure@internal', { using: ['web'] }),
  ],
}
const found = (change: Partial<TraefikView>, ours: Partial<OurSide> = {}) =>
  findingsOf({ ...GOOD, ...change }, { ...US, ...ours }).map(
    ({ severity, subject, reason }) => `${severity} ${subject} ${reason}`,
  )
const withEntryPoint = (one: TraefikView['entryPoints'][number]) => ({
  entryPoints: [...GOOD.entryPoints.slice(0, 2), one],
})

test('nothing is said of settings that are as they should be', () => {
  expect(found({})).toEqual([])
})

test('nothing is taken for granted of what is answered', () => {
  const odd = [null, 1, 'x', [], {}, { name: 1, using: [1], middlewares: 'x', http: [], forwardAuth: null }]
  const view = {
    entryPoints: odd.map(readEntryPoint),
    middlewares: odd.map(readMiddleware),
    routers: odd.map(readRouter),
  }
  for (const mode of ['routes', 'entrypoint'] as const)
    expect(() => found({ ...view, version: '' }, { mode })).not.toThrow()
})

describe('a middleware of ours', () => {
  test.for([
    [true, /^error middleware labelgate@file lets a client say/],
    [undefined, /^warning middleware labelgate@file passes on/],
  ] as const)('with trustForwardHeader %s is named', ([trustForwardHeader, said]) => {
    expect(found({ middlewares: [middleware('labelgate@file', { trustForwardHeader })] })).toEqual([
      expect.stringMatching(said),
    ])
  })

  test("somebody else's is not ours to judge", () => {
    const other = middleware('other@docker', { address: 'http://authelia:9091/', trustForwardHeader: true })
    expect(found({ middlewares: [...GOOD.middlewares, other] })).toEqual([])
  })
})

describe('an entry point', () => {
  test.for([
    ['forwardedHeaders.insecure', entryPoint('websecure', OURS, { forwardedHeaders: { insecure: true } }), 'warning'],
    ['sanitizePath=false', entryPoint('websecure', { ...OURS, sanitizePath: false }), 'warning'],
    ['headers like Remote_User', entryPoint('websecure', { ...OURS, aliasHeadersStrategy: undefined }), 'info'],
    ['headers like Remote_User', entryPoint('websecure', { ...OURS, aliasHeadersStrategy: 'keep' }), 'info'],
  ] as const)('with %s is named', ([said, one, severity]) => {
    expect(found(withEntryPoint(one))).toEqual([
      expect.stringMatching(new RegExp(`^${severity} entry point websecure .*${said}`)),
    ])
  })

  test('that refuses header aliases in either way Traefik has had is good', () => {
    const one = entryPoint('websecure', {
      ...OURS,
      aliasHeadersStrategy: undefined,
      underscoreHeadersStrategy: 'reject',
    })
    expect(found(withEntryPoint(one))).toEqual([])
  })

  test('without the middleware is named, with the routers that are open for it', () => {
    const routers = [router('app@docker', { middlewares: ['compress@file'] }), router('other@file')]
    expect(
      found({ ...withEntryPoint(entryPoint('websecure')), routers: [...GOOD.routers.slice(2), ...routers] }),
    ).toEqual(['error entry point websecure does not have the middleware: app@docker, other@file without sign-in'])
  })

  test('without the middleware is named before it has a router', () => {
    const routers = GOOD.routers.slice(2)
    expect(found({ ...withEntryPoint(entryPoint('websecure')), routers })).toEqual([
      'warning entry point websecure does not have the middleware',
    ])
  })

  test('that names the middleware of a provider by which Traefik does not have it', () => {
    const middlewares = ['labelgate@docker']
    expect(found(withEntryPoint(entryPoint('websecure', { middlewares })))[0]).toMatch(
      /^error .* names the middleware labelgate@docker, which Traefik does not have/,
    )
  })

  test("without the portal's router is named", () => {
    expect(found({ routers: GOOD.routers.slice(1) })).toEqual([
      expect.stringMatching(/^warning entry point websecure does not have the router of the portal/),
    ])
  })
})

describe('a router', () => {
  test('that takes the host of the portal is named in every mode', () => {
    const evil = router('evil@docker', {
      ...OURS,
      rule: 'PathPrefix(`/`) && (Host(`x.test`) || Host(`AUTH.example.com.`))',
    })
    for (const mode of ['routes', 'entrypoint', undefined] as const)
      expect(found({ routers: [...GOOD.routers, evil] }, { mode })).toEqual([
        expect.stringMatching(/^error router evil@docker takes the host of the portal/),
      ])
  })

  test('that has the host of an app and does not ask us is named where the routes are ours', () => {
    const routers = [
      ...GOOD.routers,
      router('past@docker'),
      router('open@docker', { rule: 'Host(`open.example.com`)' }),
    ]
    expect(found({ routers }, { mode: 'routes', hasHost: (host) => host === 'a.example.com' })).toEqual([
      'error router past@docker has the host of an app and does not ask us: Host(`a.example.com`)',
      'info routers do not ask us: open@docker',
    ])
  })

  test('of a file, behind our middleware, for a host that no app has is denied, and named', () => {
    const nas = (name: string, more = OURS) =>
      router(name, { ...more, rule: 'Host(`nas.example.com`) || Host(`a.example.com`)' })
    const hasHost = (host: string) => host === 'a.example.com'
    expect(found({ routers: [...GOOD.routers, nas('nas@file'), nas('nas@docker')] }, { hasHost })).toEqual([
      'warning router nas@file is denied by the entry point, as no app has it: nas.example.com',
    ])
    expect(found({ routers: [...GOOD.routers, nas('nas@file', { middlewares: [] })] }, { hasHost })).toEqual([])
    expect(found({ routers: [...GOOD.routers, nas('nas@file')] })).toEqual([])
  })

  test('many are counted', () => {
    const routers = [...GOOD.routers, ...'hgfedcba'.split('').map((name) => router(`${name}@docker`))]
    expect(found({ routers }, { mode: 'routes' })).toEqual([
      'info routers do not ask us: a@docker, b@docker, c@docker, d@docker, e@docker and 3 more',
    ])
  })
})

describe('the version', () => {
  test('with open advisories is named with them', () => {
    expect(found({ version: '3.7.12' })).toEqual([
      expect.stringMatching(/^warning Traefik 3.7.12 has known holes: CVE-2026-88004 \(.*CVE-2026-88009/),
    ])
  })

  test('that cannot be read is named', () => {
    expect(found({ version: 'dev' })).toEqual([expect.stringMatching(/^info Traefik dev is no version/)])
  })

  test.for([
    [{ major: 3, minor: 7 }, []],
    [{ major: 3, minor: 7, patch: 13 }, []],
    [
      { major: 3, minor: 6, patch: 13 },
      ['warning Traefik 3.7.13 is not the 3.6.13 that LABELGATE_TRAEFIK_VERSION says'],
    ],
  ] as const)('is held against the one that is configured: %j', ([version, said]) => {
    expect(found({}, { version })).toEqual(said)
  })
})
