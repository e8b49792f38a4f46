import { describe, expect, test } from 'vitest'
import { type Guarded, guarded, type GuardContext, overview, type Seen } from '../../../src/proxy/guard/labels.ts'
import { CONTEXT, seen } from './context.ts'

type Labels = Readonly<Record<string, string>>

/** What Traefik is shown of the first, where these are all there are. */
function shown(all: readonly Seen[], context: GuardContext = CONTEXT): Guarded {
  const [first] = all
  if (first === undefined) throw new Error('of none')
  return guarded(first, overview(all, context), context)
}
const alone = (labels: Labels, context = CONTEXT, name = 'web') => shown([seen(name, labels)], context)

const ALLOW = { 'labelgate.allow': 'signed-in' }
const RULE = { 'traefik.http.routers.web.rule': 'Host(`web.example.com`)' }
// the app `web` of the container `web`
const OURS = 'labelgate-web-ad6fbeb6aac20552'
const HIDDEN = { 'traefik.enable': 'false' }

/** Without the definition of our middleware, which is the same everywhere. */
function changed({ labels }: Guarded): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !key.startsWith('traefik.http.middlewares.labelgate-')),
  )
}

describe('what Traefik is shown of a protected container', () => {
  const TABLE: readonly (readonly [name: string, labels: Labels, added: Labels])[] = [
    ['a router without middlewares', RULE, { 'traefik.http.routers.web.middlewares': OURS }],
    [
      'a router with a chain of its own: ours comes first',
      { ...RULE, 'traefik.http.routers.web.middlewares': 'strip, auth@file' },
      { 'traefik.http.routers.web.middlewares': `${OURS},strip, auth@file` },
    ],
    [
      'a chain of nothing',
      { ...RULE, 'traefik.http.routers.web.middlewares': '' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    [
      'a chain that Traefik refuses: it still does',
      { ...RULE, 'traefik.http.routers.web.middlewares': ' ' },
      { 'traefik.http.routers.web.middlewares': `${OURS}, ` },
    ],
    [
      'a chain in two spellings: in both, whichever Traefik takes',
      { ...RULE, 'traefik.http.routers.web.Middlewares': 'one', 'traefik.HTTP.routers.WEB.middlewares': 'two' },
      { 'traefik.http.routers.web.Middlewares': `${OURS},one`, 'traefik.HTTP.routers.WEB.middlewares': `${OURS},two` },
    ],
    [
      'a router whose name is spelt in two ways: the first in order is its name',
      { 'traefik.http.routers.App.rule': 'Host(`web.example.com`)', 'traefik.HTTP.Routers.app.priority': '5' },
      { 'traefik.http.routers.app.middlewares': OURS },
    ],
    [
      'two routers',
      {
        ...RULE,
        'traefik.http.routers.web-tls.rule': 'Host(`web.example.com`)',
        'traefik.http.routers.web-tls.tls': '1',
      },
      { 'traefik.http.routers.web.middlewares': OURS, 'traefik.http.routers.web-tls.middlewares': OURS },
    ],
    [
      'a router of which only the name is said',
      { 'traefik.http.routers.web': 'x', 'labelgate.host': 'web.example.com' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    [
      'a chain written as if it were a list of YAML, which Traefik does not read',
      { ...RULE, 'traefik.http.routers.web.middlewares[0]': 'strip' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    ['no router: the one that Traefik makes', {}, { 'traefik.http.routers.web.middlewares': OURS }],
    [
      'no router, but one service: the same',
      { 'traefik.http.services.some.loadbalancer.server.port': '80' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    [
      'no router, and several services: Traefik makes none',
      {
        'traefik.http.services.a.loadbalancer.server.port': '80',
        'traefik.http.services.b.loadbalancer.server.port': '81',
      },
      {},
    ],
    ['TCP alone: Traefik makes no HTTP router', { 'traefik.tcp.routers.db.rule': 'HostSNI(`*`)' }, {}],
    ['UDP alone: Traefik makes no HTTP router', { 'traefik.udp.services.dns.loadbalancer.server.port': '53' }, {}],
    [
      'TCP beside an HTTP middleware: Traefik makes the router of HTTP too',
      { 'traefik.TCP.routers.db.rule': 'HostSNI(`*`)', 'traefik.http.middlewares.x.addprefix.prefix': '/x' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    [
      'a TCP middleware alone: Traefik makes the router of HTTP too',
      { 'traefik.tcp.middlewares.x.inflightconn.amount': '5' },
      { 'traefik.http.routers.web.middlewares': OURS },
    ],
    ['what Traefik is told to leave alone', { 'traefik.enable': 'false' }, {}],
  ]

  test.for(TABLE)('%s', ([, labels, added]) => {
    const before = { ...ALLOW, ...labels }
    const found = alone(before)
    expect(found.verdict).toBe('protected')
    expect(found.problems).toEqual([])
    expect(changed(found)).toEqual({ ...before, ...added })
  })

  test('the definition of the middleware, bound to the app by its address', () => {
    const { labels } = alone({ ...ALLOW, ...RULE }, { ...CONTEXT, tokenHeader: 'X-Token' })
    const option = `traefik.http.middlewares.${OURS}.forwardauth`
    expect(labels).toEqual({
      ...ALLOW,
      ...RULE,
      'traefik.http.routers.web.middlewares': OURS,
      [`${option}.address`]: 'http://labelgate:4180/auth/forward/KeyKeyKey/web',
      [`${option}.trustforwardheader`]: 'false',
      [`${option}.maxresponsebodysize`]: '16384',
      [`${option}.authresponseheaders`]:
        'Authorization,Cookie,Remote-Email,Remote-Groups,Remote-Name,Remote-User,X-Token',
      [`${option}.authresponseheadersregex`]:
        '(?i)^(?:authorization|cookie|remote[^a-z0-9]email|remote[^a-z0-9]groups|remote[^a-z0-9]name|remote[^a-z0-9]user|x[^a-z0-9]token)$',
    })
  })

  test('an option that this Traefik does not know is left out', () => {
    const { labels } = alone({ ...ALLOW, ...RULE }, { ...CONTEXT, maxResponseBody: false })
    expect(Object.keys(labels).filter((key) => key.includes('maxresponsebodysize'))).toEqual([])
  })

  test('the router that Traefik makes is called by the compose service, else by the container', () => {
    const compose = { 'com.docker.compose.project': 'my_shop', 'com.docker.compose.service': 'web.app' }
    expect(Object.keys(alone({ ...ALLOW, ...compose }).labels)).toContain(
      'traefik.http.routers.web-app-my-shop.middlewares',
    )
    expect(Object.keys(alone(ALLOW, CONTEXT, 'My_App.1').labels)).toContain('traefik.http.routers.My-App-1.middlewares')
  })

  test('a router that bears the id of a further app is judged as that app, any other as the container', () => {
    const { labels, problems } = alone({
      ...ALLOW,
      ...RULE,
      'labelgate.apps.admin.allow': 'group:admins',
      'traefik.http.routers.Admin.rule': 'Host(`admin.example.com`)',
    })
    const asked = (router: string) => {
      const name = labels[`traefik.http.routers.${router}.middlewares`]
      return labels[`traefik.http.middlewares.${name}.forwardauth.address`]?.split('/').at(-1)
    }
    expect(asked('Admin')).toBe('admin')
    expect(asked('web')).toBe('web')
    expect(problems).toEqual([])
  })

  test('a router that is meant for none of the apps is judged as one of them, which is said', () => {
    const { labels, problems } = alone({
      ...RULE,
      'labelgate.apps.admin.host': 'admin.example.com',
      'labelgate.apps.zoo.host': 'zoo.example.com',
    })
    expect(labels['traefik.http.routers.web.middlewares']).toMatch(/^labelgate-admin-/)
    expect(problems).toMatchObject(
      [{ severity: 'warning', container: 'web', reason: /router web.*judged as admin/ }].map(({ reason, ...rest }) => ({
        ...rest,
        reason: expect.stringMatching(reason),
      })),
    )
  })

  test('replicas are shown alike, also while their headers differ in a rolling update', () => {
    const service = { 'com.docker.compose.project': 'p', 'com.docker.compose.service': 'web' }
    const all = [
      seen('p-web-1', { ...ALLOW, ...service }),
      seen('p-web-2', { ...ALLOW, ...service, 'labelgate.headers.X-Who': 'user' }),
    ]
    const view = overview(all, CONTEXT)
    const [one, two] = all.map((each) =>
      Object.entries(guarded(each, view, CONTEXT).labels).filter(([key]) => key.startsWith('traefik.')),
    )
    expect(one).toEqual(two)
    expect(JSON.stringify(one)).toContain('X-Who')
  })
})

describe('vectors of threats.md', () => {
  test('A-08: every spelling of a header that says who asks is taken from the request, and no other header', () => {
    const labels = Object.entries(alone({ ...ALLOW, 'labelgate.headers.X-Auth-Name': 'user' }).labels)
    const [, pattern = ''] = labels.find(([key]) => key.endsWith('.authresponseheadersregex')) ?? []
    const regexp = new RegExp(pattern.replace('(?i)', ''), 'i')
    for (const sign of "-_.!#$%&'*+^`|~") {
      expect(`Remote${sign}User`).toMatch(regexp)
      expect(`x${sign}AUTH-name`).toMatch(regexp)
    }
    for (const other of ['RemoteUser', 'My-Remote-User', 'Remote-User-Agent', 'X-Auth', 'Set-Cookie'])
      expect(other).not.toMatch(regexp)
  })

  test('H-11: names that Traefik writes alike are one service to it, so their apps are withheld, and named', () => {
    for (const name of ['my.app', 'my-app', 'my_app']) {
      const rest = ['my.app', 'my-app', 'my_app', 'MY-APP'].filter((one) => one !== name)
      const found = shown([name, ...rest].map((one) => seen(one, ALLOW)))
      expect(found).toMatchObject({
        verdict: 'withheld',
        problems: [{ container: name, mend: expect.stringContaining('services') }],
      })
    }
    expect(shown([seen('MY-APP', ALLOW), seen('my-app', ALLOW)]).verdict).toBe('protected')
  })

  test('H-11: with services of their own, each has its own middleware', () => {
    const all = ['my.app', 'my-app', 'my_app'].map((name, n) =>
      seen(name, { ...ALLOW, [`traefik.http.services.s${n}.loadbalancer.server.port`]: '80' }),
    )
    const view = overview(all, CONTEXT)
    const names = all.map((one) => guarded(one, view, CONTEXT).labels['traefik.http.routers.my-app.middlewares'])
    expect(new Set(names).size).toBe(3)
  })

  test('H-18: a label called __proto__ is a label, and changes nothing', () => {
    const labels = JSON.parse(
      '{"__proto__":"x","traefik.http.routers.__proto__.rule":"Host(`a.example.com`)"}',
    ) as Labels
    const found = alone({ ...labels, ...ALLOW })
    expect(found.verdict).toBe('protected')
    expect(Object.entries(found.labels)).toContainEqual(['__proto__', 'x'])
    expect(found.labels['traefik.http.routers.__proto__.middlewares']).toBe(OURS)
    expect(({} as Labels)['rule']).toBeUndefined()
  })

  test('H-25: ten thousand labels are read in no time', () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, n) => [`traefik.http.routers.r${n}.rule`, 'Host(`web.example.com`)']),
    )
    const start = performance.now()
    const found = alone({ ...ALLOW, 'labelgate.host': 'web.example.com', ...many })
    expect(performance.now() - start).toBeLessThan(1500)
    expect(Object.values(found.labels).filter((value) => value === OURS)).toHaveLength(10_000)
  })
})

describe('what Traefik is shown of a container that declares nothing', () => {
  test.for<Labels>([
    {},
    RULE,
    { ...RULE, 'traefik.http.routers.web.middlewares': `${OURS}@docker` },
    { 'traefik.http..x': 'x', 'traefik.http.routers.a@file.rule': 'Host(`a`)' },
    { ...ALLOW, 'labelgate.enable': 'false', ...RULE },
    { ['__proto__']: 'x', ...RULE },
  ])('is what it is: %j', (labels) => {
    expect(alone(labels)).toEqual({ labels, problems: [], verdict: 'as-is' })
  })

  test('unless the operator protects all', () => {
    const all = { ...CONTEXT, operator: { ...CONTEXT.operator, protect: 'all' as const } }
    expect(alone(RULE, all)).toMatchObject({ verdict: 'protected' })
  })

  test('labelgate itself, whatever is protected', () => {
    const all = { ...CONTEXT, operator: { ...CONTEXT.operator, protect: 'all' as const }, self: 'id-of-web' }
    expect(alone(RULE, all)).toEqual({ labels: RULE, problems: [], verdict: 'as-is' })
  })
})

describe('a container is withheld, and it is said why', () => {
  const SAID = { ...ALLOW, 'labelgate.host': 'web.example.com' }
  const TABLE: readonly (readonly [name: string, labels: Labels, key: string | undefined])[] = [
    ['a misspelt label of ours', { 'labelgate.alow': 'signed-in', ...RULE }, undefined],
    ['a value that cannot be read', { 'labelgate.allow': 'grup:admins', ...RULE }, undefined],
    ['an empty part', { ...SAID, ...RULE, 'traefik.http..rule': 'x' }, 'traefik.http..rule'],
    ['a root in other letters', { ...SAID, 'Traefik.http.routers.web.rule': 'x' }, 'Traefik.http.routers.web.rule'],
    [
      'a bracket before a name',
      { ...SAID, ...RULE, 'traefik.http.routers.[0].tls': '1' },
      'traefik.http.routers.[0].tls',
    ],
    [
      'a bracket after a name',
      { ...SAID, ...RULE, 'traefik.http.routers[0].rule': 'x' },
      'traefik.http.routers[0].rule',
    ],
    [
      'an @ in a name',
      { ...SAID, ...RULE, 'traefik.http.routers.a@file.rule': 'x' },
      'traefik.http.routers.a@file.rule',
    ],
    ['another s', { ...SAID, ...RULE, 'traefik.http.routerſ.web.rule': 'x' }, 'traefik.http.routerſ.web.rule'],
    [
      'a line break in a name',
      { ...SAID, ...RULE, 'traefik.http.routers.a\nb.rule': 'x' },
      'traefik.http.routers.a\\u{a}b.rule',
    ],
    ['a key that is cut short', { ...SAID, 'traefik.http.routers': 'x' }, 'traefik.http.routers'],
    ['a key that is cut shorter', { ...SAID, 'traefik.http': 'x' }, 'traefik.http'],
  ]

  test.for(TABLE)('%s', ([, labels, key]) => {
    const found = alone(labels)
    const kept = Object.entries(labels).filter(([name]) => !/^traefik\./i.test(name))
    expect(found.verdict).toBe('withheld')
    expect(found.labels).toEqual({ ...Object.fromEntries(kept), ...HIDDEN })
    expect(found.problems).toHaveLength(1)
    expect(found.problems).toMatchObject([{ severity: 'error', container: 'web', ...(key !== undefined && { key }) }])
  })

  test.for<[string, Labels]>([
    ['defines a middleware by a name of ours', { [`traefik.http.middlewares.${OURS}.addprefix.prefix`]: '/x' }],
    ['the same in other letters', { 'traefik.HTTP.Middlewareſ.LabelGate-x.addprefix.prefix': '/x' }],
    ['has a bracket at which Traefik dies, protected or not', { 'traefik.http.routers.a].rule': 'x' }],
    ['the same where Traefik reads only options', { 'traefik.docker.network]': 'x' }],
  ])('one that %s', ([, labels]) => {
    expect(alone({ ...RULE, ...labels })).toMatchObject({
      verdict: 'withheld',
      labels: HIDDEN,
      problems: [{ severity: 'error' }],
    })
    expect(alone({ ...RULE, ...ALLOW, ...labels }).verdict).toBe('withheld')
  })

  test('every label of Traefik is taken away, in whatever letters', () => {
    const labels = { ...RULE, 'TRAEFIK.ENABLE': 'true', 'traefik.enable': 'true', 'labelgate.alow': 'x', other: 'x' }
    expect(alone(labels).labels).toEqual({ 'labelgate.alow': 'x', other: 'x', ...HIDDEN })
  })
})

describe('a way around sign-in by a Traefik service of another container', () => {
  const safe = seen('safe', { ...ALLOW, 'traefik.http.services.app.loadbalancer.server.port': '80' })
  const byDefault = seen('my_app', ALLOW)

  test.for<[string, Labels]>([
    ['a router that names it', { ...RULE, 'traefik.http.routers.web.service': 'app' }],
    ['a router that names it in full', { ...RULE, 'traefik.http.routers.web.service': 'app@docker' }],
    ['a router that names it as the other provider does', { ...RULE, 'traefik.http.routers.web.service': 'app@swarm' }],
    ['a service of the same name', { 'traefik.http.services.app.loadbalancer.server.port': '80' }],
    [
      'a service in several spellings',
      { 'traefik.http.services.App.x': 'y', 'traefik.http.services.app.loadbalancer.server.port': '80' },
    ],
    ['error pages fetched from it', { 'traefik.http.middlewares.x.errors.service': 'app' }],
    ['odd letters', { 'traefik.HTTP.routerſ.web.Service': 'app' }],
    ['an index', { 'traefik.http.routers[0].service': 'app' }],
    ['the service that Traefik makes for it', { 'traefik.http.routers.web.service': 'my-app' }],
    [
      'a container that Traefik gives the same name',
      { 'com.docker.compose.project': 'app', 'com.docker.compose.service': 'my' },
    ],
  ])('%s: withheld, and both are named', ([, labels]) => {
    const found = shown([seen('thief', labels), safe, byDefault])
    expect(found.verdict).toBe('withheld')
    expect(found.problems).toMatchObject([{ severity: 'error', container: 'thief' }])
    expect(found.problems[0]?.reason).toMatch(/Traefik service (app|my-app) of (safe|my_app)/)
  })

  test('another app may not lead there either, whatever it asks for; where it is led to is shown', () => {
    const other = seen('other', { 'labelgate.allow': 'user:alice', 'traefik.http.routers.web.service': 'app' })
    expect(shown([other, safe]).verdict).toBe('withheld')
    expect(shown([safe, other]).verdict).toBe('protected')
  })

  test('two apps that make the same service: neither', () => {
    const other = seen('other', {
      'labelgate.allow': 'user:alice',
      'traefik.http.services.app.loadbalancer.server.port': '80',
    })
    expect(shown([other, safe]).verdict).toBe('withheld')
    expect(shown([safe, other]).verdict).toBe('withheld')
  })

  test('one whose labels are wrong owns its service all the same', () => {
    const broken = seen('safe', { 'labelgate.alow': 'x', 'traefik.http.services.app.loadbalancer.server.port': '80' })
    expect(shown([seen('thief', { 'traefik.http.services.app.loadbalancer.server.port': '80' }), broken]).verdict).toBe(
      'withheld',
    )
  })

  test('nobody makes a service that is labelgate itself', () => {
    const context = { ...CONTEXT, self: 'id-of-labelgate' }
    const thief = seen('thief', {
      'com.docker.compose.project': 'x',
      'traefik.http.services.labelgate.loadbalancer.server.port': '1',
    })
    expect(shown([thief, seen('labelgate', {})], context)).toMatchObject({ verdict: 'withheld' })
  })

  test.for<[string, readonly Seen[], GuardContext['self']?]>([
    [
      'replicas',
      [seen('p-1', { ...ALLOW, ...compose('p', 'web') }), seen('p-2', { ...ALLOW, ...compose('p', 'web') })],
    ],
    ['services of other providers', [seen('web', { ...RULE, 'traefik.http.routers.web.service': 'app@file' }), safe]],
    [
      'services of Traefik itself',
      [seen('web', { ...RULE, 'traefik.http.routers.web.service': 'api@internal' }), safe],
    ],
    ['two that declare nothing', [seen('one', compose('p', 'web')), seen('two', compose('p', 'web'))]],
    [
      'one that leads from a protected router to what is open',
      [seen('web', { ...ALLOW, 'traefik.http.routers.web.service': 'open' }), seen('open', {})],
    ],
    [
      'one that Traefik is told to leave alone',
      [seen('web', { 'traefik.http.services.app.x': 'x', 'traefik.enable': 'false' }), safe],
    ],
    [
      'one that leads to a protected one Traefik is told to leave alone',
      [seen('app', {}), seen('x', { ...ALLOW, 'traefik.http.services.app.x': 'x', 'traefik.enable': 'F' })],
    ],
    [
      'another container with routers of the same name: Traefik removes both',
      [seen('web', RULE), seen('other', { ...ALLOW, 'traefik.http.routers.web.rule': 'Host(`other.example.com`)' })],
    ],
  ])('fine: %s', ([, all]) => {
    expect(shown(all)).toMatchObject({ problems: [] })
    expect(shown(all).verdict).not.toBe('withheld')
  })

  test('where a service leads to an address instead of its container, it is said', () => {
    const found = alone({ ...RULE, 'traefik.http.services.web.loadbalancer.server.url': 'http://safe' })
    expect(found).toMatchObject({ verdict: 'as-is', problems: [{ severity: 'warning', value: 'http://safe' }] })
  })
})

describe('an open container that serves the host of a protected one', () => {
  const inside = (rule: string) => seen('inside', { ...ALLOW, 'labelgate.host': rule })
  const open = seen('open', { 'traefik.http.routers.open.rule': 'Host(`WEB.example.com`) && PathPrefix(`/open`)' })

  test.for(['web.example.com', '*.example.com'])(
    '%s: it is shown, and said that it is sent cookies of the other',
    (host) => {
      expect(shown([open, inside(host)])).toMatchObject({
        verdict: 'as-is',
        problems: [
          { severity: 'warning', container: 'open', reason: expect.stringContaining('web.example.com beside inside') },
        ],
      })
    },
  )

  test('nothing is said of another host, of one Traefik leaves alone, or of a protected one', () => {
    const disabled = seen('open', { ...open.labels, 'traefik.enable': 'false' })
    expect(shown([open, inside('other.example.com')]).problems).toEqual([])
    expect(shown([disabled, inside('web.example.com')]).problems).toEqual([])
    expect(shown([seen('open', { ...open.labels, ...ALLOW }), inside('web.example.com')]).problems).toEqual([])
  })
})

test('of a container that the overview has not seen, the headers of its own labels are taken from the client too', () => {
  const found = guarded(seen('web', { 'labelgate.headers.X-Who': 'user' }), overview([], CONTEXT), CONTEXT)
  expect(JSON.stringify(found.labels)).toContain('X-Who')
})

describe('an overview that is made from an earlier one', () => {
  const changed = seen('web', { 'labelgate.alow': 'x', ...RULE })
  const before = overview([seen('web', { ...ALLOW, ...RULE }), seen('gone', ALLOW)], CONTEXT)

  test('is the one that would be made without it', () => {
    const all = [changed, seen('new', ALLOW)]
    expect(overview(all, CONTEXT, before)).toEqual(overview(all, CONTEXT))
  })

  test('reads what has not changed by the new words of the operator', () => {
    const operator = { ...CONTEXT.operator, protect: 'all' as const }
    const all = [seen('web', RULE)]
    const after = overview(all, { operator }, overview(all, CONTEXT))
    expect(after).toEqual(overview(all, { operator }))
    expect(guarded(seen('web', RULE), after, { ...CONTEXT, operator }).verdict).toBe('protected')
  })
})

function compose(project: string, service: string): Labels {
  return { 'com.docker.compose.project': project, 'com.docker.compose.service': service }
}
