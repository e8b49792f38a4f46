import { expect, test } from 'vitest'
import { reportRouters, type Mode } from '../../src/cli/check-routers.ts'
import { readLabels } from '../../src/labels/read.ts'
import { operator } from '../build/table.ts'
import { labelgate } from './fake-terminal.ts'

/** `verdict: words` of each router. */
function said(
  labels: Readonly<Record<string, string>>,
  mode: Mode = 'guard',
  protect: 'labelled' | 'all' = 'labelled',
) {
  const by = { ...operator, ownsRoutes: mode === 'routes', protect }
  const reading = readLabels({ name: 'web', labels }, by)
  return reportRouters({ labels }, reading, { mode, operator: by }).map(
    ({ router, verdict, words }) => `${router} ${verdict}: ${words}`,
  )
}

const ROUTER = { 'traefik.http.routers.Web.Rule': 'Host(`web.example.com`)' }

test('what protects a router is said in the words of its labels, with each rule', () => {
  const labels = {
    ...ROUTER,
    'labelgate.allow': 'group:staff',
    'labelgate.rules.admin.path': '/admin',
    'labelgate.rules.admin.methods': 'POST',
    'labelgate.rules.admin.require': 'mfa',
  }
  expect(said(labels)).toEqual([
    'web protected: web.example.com by the guard: allow=group:staff; POST /admin: allow=group:staff; require=mfa',
  ])
})

test.for<[Mode, string]>([
  ['guard', 'web open: no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all'],
  ['by hand', 'web open: no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all'],
  [
    'routes',
    'web passed by: labelgate writes no route for it: no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all',
  ],
  [
    'entrypoint',
    'web denied: by the entry point: no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all',
  ],
])('a router without labels of ours, by %s', ([mode, line]) => {
  expect(said(ROUTER, mode)).toEqual([line])
})

test('with LABELGATE_PROTECT=all it has the default policy, and enable=false takes it out', () => {
  expect(said(ROUTER, 'guard', 'all')).toEqual([
    'web protected: web.example.com by the guard: allow=signed-in (default)',
  ])
  expect(said({ ...ROUTER, 'labelgate.enable': 'false' }, 'guard', 'all')).toEqual([
    'web open: labelgate.enable=false takes it out',
  ])
})

test.for<[string, Readonly<Record<string, string>>, string[]]>([
  [
    'a wrong label denies',
    { ...ROUTER, 'labelgate.alow': 'x' },
    ['web denied: to everybody: a label of its app is wrong'],
  ],
  [
    'a host that the app does not claim is denied',
    { ...ROUTER, 'labelgate.host': 'other.example.com' },
    ['web denied: web.example.com is not among the hosts of the app web (other.example.com)'],
  ],
  [
    'one of two hosts that the app does not claim is named',
    {
      'traefik.http.routers.web.rule': 'Host(`a.example.com`) || Host(`b.example.com`)',
      'labelgate.host': 'a.example.com',
    },
    ['web protected: a.example.com by the guard: allow=signed-in (default); not at b.example.com, which is denied'],
  ],
  [
    'a rule whose hosts cannot be told is denied beyond what the app claims',
    { 'traefik.http.routers.web.rule': 'HostRegexp(`.+`)', 'labelgate.host': 'a.example.com' },
    ['web denied: where its rule goes beyond a.example.com: it has a HostRegexp, so its hosts cannot be told'],
  ],
  [
    'what is public is said',
    { ...ROUTER, 'labelgate.public': '/**' },
    ['web public: web.example.com by the guard: allow=signed-in (default); public=/**'],
  ],
  [
    'a router that bears the name of a further app is its',
    {
      ...ROUTER,
      'traefik.http.routers.api.rule': 'Host(`api.example.com`)',
      'labelgate.allow': 'user:a',
      'labelgate.apps.api.allow': 'user:b',
    },
    [
      'web protected: web.example.com by the guard: allow=user:a',
      'api protected: api.example.com by the guard: allow=user:b',
    ],
  ],
  [
    'the router that Traefik makes by default is spoken of',
    { 'traefik.enable': 'true', 'labelgate.host': 'a.example.com' },
    [
      'default protected: a.example.com by the guard: allow=signed-in (default); other hosts that the rule gives are denied',
    ],
  ],
  [
    'TCP alone has no default router',
    { 'traefik.tcp.routers.t.rule': 'HostSNI(`*`)' },
    ['t open: tcp only: no sign-in can stand before it'],
  ],
  ['what Traefik does not show has no router', { ...ROUTER, 'traefik.enable': 'false' }, []],
  ['nothing is said of what says nothing to Traefik', { 'labelgate.host': 'a.example.com' }, []],
])('%s', ([, labels, lines]) => {
  expect(said(labels)).toEqual(lines)
})

const COMPOSE =
  'name: shop\nservices:\n  web:\n    labels:\n      traefik.http.routers.web.rule: Host(`web.example.com`)\n'

test('check names file, line, container and rule; an open router is no error', async () => {
  expect(await labelgate('check -', { input: COMPOSE })).toEqual({
    code: 0,
    out: [
      '-:5: shop-web-1: router web Host(`web.example.com`): open: no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all',
    ],
    err: ['1 services, 0 errors, 0 warnings'],
  })
})

test('for machines it is an entry of severity info', async () => {
  const { code, out } = await labelgate('check --json -', { input: COMPOSE, env: { LABELGATE_PROTECT: 'all' } })
  expect([code, JSON.parse(out.join('\n'))]).toEqual([
    0,
    [
      {
        severity: 'info',
        file: '-',
        line: 5,
        container: 'shop-web-1',
        router: 'web',
        rule: 'Host(`web.example.com`)',
        key: 'traefik.http.routers.web.rule',
        verdict: 'protected',
        reason: "web.example.com where its middlewares name labelgate's forward-auth: allow=signed-in (default)",
      },
    ],
  ])
})

test.for([
  [{ LABELGATE_TRAEFIK_FILE: '/x/labelgate.yaml' }, 'passed by'],
  [{ LABELGATE_TRAEFIK_FILE: '/x/labelgate.yaml', LABELGATE_TRAEFIK_MODE: 'entrypoint' }, 'denied'],
  [{}, 'open'],
] as const)('by the options %j a router without labels is %s', async ([env, verdict]) => {
  const { out } = await labelgate('check -', { input: COMPOSE, env })
  expect(out.join('\n')).toContain(`router web Host(\`web.example.com\`): ${verdict}: `)
})
