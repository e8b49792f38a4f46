/**
 * Labels as people write them, mistype them and abuse them. `#` in what is made stands for the container's number, `~`
 * for one that it shares with its next neighbours: `numbered` fills them in.
 */
import fc from 'fast-check'

type Labels = Record<string, string>

const HOST = fc.constantFrom('h#.example.com', 'h~.example.com', 'H#.Example.com')
const rule = fc.oneof(
  { weight: 6, arbitrary: HOST.map((host) => `Host(\`${host}\`)`) },
  { weight: 2, arbitrary: HOST.map((host) => `Host(\`${host}\`) && PathPrefix(\`/api\`)`) },
  { weight: 1, arbitrary: fc.constantFrom('PathPrefix(`/x#`)', 'Host(`h#.example.com`', '', 'HostRegexp(`.+`)') },
)
const middlewares = fc.constantFrom(
  'mw#', 'mw#,mw2-#', 'mw#@docker, other@file', '', ' ', 'mw#,', ',', 'mw~', 'missing', 'labelgate-x@docker', 'ä', '║',
) // prettier-ignore
const service = fc.constantFrom(
  'svc#',
  'svc#',
  'svc~',
  'web~-p',
  'svc~@docker',
  'api@internal',
  'nowhere',
  'svc~@swarm',
)
const routerName = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('web#', 'web#', 'Web#', 'WEB#', 'web#-tls', 'two#', 'My Router_#', 'admin'),
  },
  { weight: 2, arbitrary: fc.constantFrom('web~', 'shared', 'labelgate-portal') },
  { weight: 1, arbitrary: fc.constantFrom('a#@file', 'a#@docker', 'ü#', 'web#[0]', '__proto__', '-', 'constructor') },
)
const routerOption: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 6, arbitrary: rule.map((text) => ['.rule', text] as const) },
  { weight: 4, arbitrary: middlewares.map((text) => ['.middlewares', text] as const) },
  { weight: 2, arbitrary: service.map((text) => ['.service', text] as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ['.entrypoints', 'web'], ['.entrypoints', 'nope'], ['.priority', '5'], ['.tls', 'true'], ['.tls', 'false'],
      ['.tls.options', 'foo'], ['.tls.domains[0].main', 'example.com'], ['.observability.accesslogs', 'false'],
      ['.ruleSyntax', 'v3'], ['.parentRefs', 'web1'],
    ), // prettier-ignore
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['', 'x'], ['.middlewares[0]', 'mw#'], ['.middlewares.foo', 'mw#'], ['.priority', 'much'], ['.bogus', 'x'],
      ['.middlewareſ', 'mw#'], ['.', 'x'], ['.rule.more', 'x'],
    ), // prettier-ignore
  },
)
const labelOf = (kind: string, name: fc.Arbitrary<string>, option: fc.Arbitrary<readonly [string, string]>) =>
  fc.tuple(name, option).map(([name, [key, value]]) => [`traefik.${kind}.${name}${key}`, value] as const)

const router = labelOf('http.routers', routerName, routerOption)
const serviceLabel = labelOf(
  'http.services',
  fc.constantFrom('svc#', 'svc#', 'Svc#', 'other#', 'svc~', 'web~-p', 'a#@file', 'ſvc#'),
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(['.loadbalancer.server.port', '80'], ['.loadBalancer.server.port', '8080']),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ['.loadbalancer.server.scheme', 'https'], ['.loadbalancer.server.url', 'http://192.0.2.1'],
        ['.loadbalancer.passhostheader', 'false'], ['.middlewares', 'mw#'], ['', 'x'], ['.loadbalancer.sticky.cookie', 'true'],
      ), // prettier-ignore
    },
  ),
)
const middleware = labelOf(
  'http.middlewares',
  fc.constantFrom('mw#', 'mw#', 'mw2-#', 'MW#', 'mw~'),
  fc.constantFrom(
    ['.stripprefix.prefixes', '/a'], ['.StripPrefix.Prefixes', '/a,/b'], ['.addprefix.prefix', '/b'],
    ['.headers.customrequestheaders.X-Some', 'thing'], ['.errors.service', 'svc~'], ['.errors.service', 'web~-p'],
    ['.errors.status', '404'], ['.forwardauth.address', 'http://example.com'], ['.nope', 'x'], ['', 'x'],
  ), // prettier-ignore
)
const stream = fc.constantFrom<readonly [string, string]>(
  ['traefik.tcp.routers.t#.rule', 'HostSNI(`*`)'], ['traefik.TCP.Routers.t#.rule', 'HostSNI(`t#.example.com`)'],
  ['traefik.tcp.services.t#.loadbalancer.server.port', '5432'], ['traefik.udp.routers.u#.entrypoints', 'web'],
  ['traefik.udp.services.u#.loadbalancer.server.port', '53'], ['traefik.tcp.middlewares.m#.inflightconn.amount', '5'],
) // prettier-ignore
const odd = fc.constantFrom<readonly [string, string]>(
  ['traefik.http', 'x'], ['traefik.http.routers', 'x'], ['traefik.http.middlewares', 'x'], ['traefik.HTTP.Services', 'x'],
  ['traefik.http..x', 'x'], ['Traefik.http.routers.web#.rule', 'Host(`h#.example.com`)'], ['traefik.http.[0].x', 'x'],
  ['traefik.httpx.y', 'x'], ['traefik.http.routerſ.web#.rule', 'Host(`h#.example.com`)'], ['traefik.bogus.y', 'x'],
  ['traefik.http.routers[0].rule', 'Host(`h#.example.com`)'], ['traefik.http.routers[a].service', 'svc~'],
  ['traefik.HTTP.Middlewares.Labelgate-web.addprefix.prefix', '/x'], ['__proto__', 'x'], ['traefik', 'x'],
  ['traefik.tls.stores.default.defaultcertificate.certfile', '/nowhere'], ['TRAEFIK.ENABLE', 'false'],
  ['traefik.http.middlewares.labelgate-web#.forwardauth.address', 'http://example.com'],
) // prettier-ignore
const plain = fc.constantFrom<readonly [string, string]>(
  ['traefik.enable', 'true'], ['traefik.Enable', 'TRUE'], ['traefik.enable', 'false'], ['traefik.enable', 'nonsense'],
  ['traefik.docker.network', 'bridge'], ['org.example.note', 'x'],
) // prettier-ignore

const ours: fc.Arbitrary<Labels> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.constant({ 'labelgate.allow': 'signed-in' }) },
  { weight: 4, arbitrary: fc.constant({ 'labelgate.allow': 'group:admins', 'labelgate.host': 'h#.example.com' }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Labels>(
      { 'labelgate.headers.X-Who': 'user', 'labelgate.enable': 'true' },
      { 'labelgate.apps.admin.allow': 'group:admins', 'labelgate.apps.admin.host': 'a#.example.com' },
      {
        'labelgate.apps.admin.host': 'a#.example.com',
        'labelgate.allow': 'user:x',
        'labelgate.host': 'h#.example.com',
      },
      { 'labelgate.apps.web#.host': 'w#.example.com', 'labelgate.apps.two#.host': 'v#.example.com' },
      { 'labelgate.alow': 'group:admins' },
      { 'labelgate.allow': '' },
      { 'labelgate.enable': 'false' },
    ),
  },
)
const composed: fc.Arbitrary<Labels> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('web#', 'web~', 'My_app.#').map((service) => ({
      'com.docker.compose.project': 'p',
      'com.docker.compose.service': service,
    })),
  },
)

/** The same key with the case of some letters changed, but not of its first part: Traefik takes no other. */
const respelt = (labels: readonly (readonly [string, string])[]) =>
  fc
    .array(fc.constantFrom('as it is', 'as it is', 'as it is', 'upper', 'title'), { minLength: 1, maxLength: 4 })
    .map((ways) => labels.map(([key, value], index) => [spell(key, ways[index % ways.length]), value] as const))

function spell(key: string, way = 'as it is'): string {
  const [root = '', ...parts] = key.split('.')
  if (way === 'as it is') return key
  // the name is the fourth: in other letters it is the same router, and which of the two is its name is the question
  if (way === 'upper') return [root, ...parts.map((part) => part.toUpperCase())].join('.')
  return [root, ...parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))].join('.')
}

const mixed = fc
  .tuple(
    fc.array(router, { maxLength: 5 }),
    fc.array(serviceLabel, { maxLength: 2 }),
    fc.array(middleware, { maxLength: 2 }),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(stream, { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.array(odd, { maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(plain, { maxLength: 2 }) },
    ),
  )
  .map((parts) => parts.flat())
// what people have: without these most containers would be nonsense, and nobody would see what happens to the others
const usual = fc
  .tuple(
    fc.array(fc.oneof(router, fc.constant(['traefik.http.routers.web#.rule', 'Host(`h#.example.com`)'] as const)), {
      maxLength: 2,
    }),
    fc.constantFrom<readonly (readonly [string, string])[]>([], [
      ['traefik.http.middlewares.mw#.stripprefix.prefixes', '/a'],
      ['traefik.http.middlewares.mw2-#.addprefix.prefix', '/b'],
    ]), // prettier-ignore
  )
  .map((parts) => parts.flat())
const traefik = fc
  .oneof(
    { weight: 6, arbitrary: mixed },
    { weight: 5, arbitrary: usual },
    { weight: 1, arbitrary: fc.array(stream, { minLength: 1, maxLength: 2 }) },
  )
  .chain(respelt)

/** The labels of one container. */
export const labels: fc.Arbitrary<Readonly<Labels>> = fc
  .tuple(ours, composed, traefik)
  .map(([ours, composed, traefik]) =>
    Object.fromEntries([...Object.entries(ours), ...Object.entries(composed), ...traefik]),
  )

export function numbered(labels: Readonly<Labels>, number: number): Labels {
  const fill = (text: string) => text.replaceAll('#', `${number}`).replaceAll('~', `${number - (number % 3)}`)
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [fill(key), fill(value)]))
}
