/** What each kind of configuration comes to: labels of services, and parts of the operator's file. */
import { basename } from 'node:path'
import type { Operator } from '../../labels/operator.ts'
import type { Environment } from '../interpolate.ts'
import { labelsFor, type ServiceLabels, wordsByRules } from './apps.ts'
import { hostsOfAuthelia, rulesOfAuthelia } from './authelia.ts'
import { isComposeFile, readAccessControl } from './authelia-file.ts'
import { FORWARD_AUTH, named, readForwardAuth } from './forward-auth.ts'
import type { Notes, Ref } from './notes.ts'
import { OAUTH2_PROXY, POLICY, readOAuth2Proxy } from './oauth2-proxy.ts'
import { type Place, placesOf, refOf, type Service, servicesOf } from './places.ts'
import type { OperatorPart } from './providers.ts'
import { type Program, readSettings, Settings, settingsOfService } from './settings-file.ts'
import { appAt, appsOf, headersOf, rulesOfTinyauth } from './tinyauth.ts'
import { signedIn } from './verdict.ts'

export interface Input {
  readonly files: readonly { readonly file: string; readonly text: string }[]
  readonly env: Environment
  /** As where Traefik keeps its own routes: what it says of hosts and paths is all that is asked. */
  readonly operator: Operator
  readonly notes: Notes
}

export interface Carried {
  readonly services: readonly ServiceLabels[]
  readonly operator: OperatorPart
}

const NO_OPERATOR: OperatorPart = { providers: {}, policies: {} }

export const SOURCES: Readonly<Record<string, (input: Input) => Carried>> = {
  tinyauth,
  'oauth2-proxy': oauth2Proxy,
  authelia,
  'traefik-forward-auth': forwardAuth,
}

function tinyauth(input: Input): Carried {
  const { notes, operator } = input
  const { services, others } = sorted(input, /tinyauth/i)
  for (const { file } of others)
    notes.left({ file, line: 1, text: file }, 'is no compose file: tinyauth’s rules stand in labels')
  const apps = appsOf(services, notes)
  const places = placesOf({ services: services.filter(({ itself }) => !itself), operator, hint: /tinyauth/, notes })
  const seen = new Set<unknown>()
  const words = wordsByRules(({ host }) => {
    const app = appAt(apps, host)
    seen.add(app)
    return app === undefined ? { order: 'first', rules: [], otherwise: signedIn() } : rulesOfTinyauth(app, notes)
  }, notes)
  const labels = labelsFor(
    places,
    (place) => {
      const found = words(place)
      const app = appAt(apps, place.host)
      if (found === undefined || app === undefined) return found
      return { ...found, labels: new Map([...found.labels, ...headersOf(app, operator, notes)]) }
    },
    notes,
  )
  for (const app of apps)
    if (!seen.has(app)) notes.left(app.ref, 'no router here has its host, so nothing is written for it')
  return { services: labels, operator: NO_OPERATOR }
}

function authelia(input: Input): Carried {
  const { notes, operator } = input
  const { services, others } = sorted(input, /authelia/i)
  const [config, ...more] = others
  for (const { file } of more) notes.left({ file, line: 1, text: file }, 'is a second configuration: give one')
  if (config === undefined) {
    notes.left(
      { file: services[0]?.file ?? '-', line: 1, text: 'access_control' },
      'is in none of the files: give Authelia’s configuration',
    )
    return { services: [], operator: NO_OPERATOR }
  }
  const control = readAccessControl(config.text, config.file, notes)
  if (control === undefined) return { services: [], operator: NO_OPERATOR }
  const places =
    services.length > 0
      ? placesOf({ services: services.filter(({ itself }) => !itself), operator, hint: /authelia/, notes })
      : unplaced(
          new Map([...hostsOfAuthelia(control, notes)].map(([host, { ref }]) => [host, ref])),
          control.defaultPolicy.ref,
          notes,
        )
  return {
    services: labelsFor(
      places,
      wordsByRules(({ host }) => rulesOfAuthelia(control, host, notes), notes),
      notes,
    ),
    operator: NO_OPERATOR,
  }
}

function forwardAuth(input: Input): Carried {
  const { notes, operator } = input
  const { services, others } = sorted(input, /traefik-forward-auth/i)
  const settings = new Settings(named(settingsIn(FORWARD_AUTH, { services, others, input })))
  const { hosts, rulesAt, operator: part } = readForwardAuth(settings, notes)
  const places = services.some(({ itself }) => !itself)
    ? placesOf({ services: services.filter(({ itself }) => !itself), operator, hint: /forward-?auth/, notes })
    : unplaced(hosts, { file: others[0]?.file ?? '-', line: 1, text: 'default-action' }, notes)
  return {
    services: labelsFor(
      places,
      wordsByRules(({ host }) => rulesAt(host), notes),
      notes,
    ),
    operator: part,
  }
}

function oauth2Proxy(input: Input): Carried {
  const { notes, operator, files } = input
  const { services, others } = sorted(input, /oauth2-proxy/i)
  const settings = settingsIn(OAUTH2_PROXY, {
    services,
    others: others.filter(({ text }) => !isAddresses(text)),
    input,
  })
  const addresses = (path: string) =>
    files.find(({ file, text }) => basename(file) === basename(path) && isAddresses(text))?.text
  const { operator: part, upstreams, host } = readOAuth2Proxy(new Settings(settings), addresses, notes)
  const apps = services.filter(({ itself }) => !itself)
  const behind = placesOf({ services: apps, operator, hint: /oauth2?-?proxy|oauth/, notes })
  const places = [...behind, ...upstreams.flatMap((upstream) => placeOf(upstream, host, { apps, behind, notes }))]
  if (places.length === 0)
    notes.remark(
      { file: files[0]?.file ?? '-', line: 1, text: POLICY },
      `each app behind it is to have the label labelgate.policy=${POLICY}`,
    )
  const words = { labels: new Map([['policy', POLICY]]), narrowed: [] }
  return { services: labelsFor(places, () => words, notes), operator: part }
}

/** A service that oauth2-proxy itself hands requests to. */
function placeOf(
  { value, ref }: { value: string; ref: Ref },
  host: string | undefined,
  { apps, behind, notes }: { apps: readonly Service[]; behind: readonly Place[]; notes: Notes },
): Place[] {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'static:') return []
  const service = apps.find((one) => one.service === url?.hostname && !one.swarm)
  if (behind.some((place) => place.service.service === service?.service)) return []
  if (
    url === undefined ||
    service === undefined ||
    host === undefined ||
    url.pathname !== '/' ||
    url.protocol !== 'http:'
  ) {
    notes.left(
      ref,
      'is no whole service of the compose files given, at a host that redirect-url names: label it by hand',
    )
    return []
  }
  return [{ service, ref: refOf(service), host, path: '/', router: '', port: url.port === '' ? '80' : url.port }]
}

interface Known extends Service {
  /** It is the program that is replaced. */
  readonly itself: boolean
}

function sorted({ files, env, notes }: Input, image: RegExp) {
  const compose = files.filter(({ text }) => isComposeFile(text))
  const services = compose.flatMap(({ file, text }) => servicesOf(text, file, { env, notes }))
  const known = services.map((service): Known => ({
    ...service,
    itself: isOf(image, service.body.get('image')),
  }))
  return { services: known, others: files.filter((one) => !compose.includes(one)) }
}

function isOf(name: RegExp, image: unknown): boolean {
  return typeof image === 'string' && name.test(image)
}

function settingsIn(
  program: Program,
  { services, others, input }: { services: readonly Known[]; others: Input['files']; input: Input },
) {
  const { env, notes } = input
  const own = services.filter(({ itself, swarm }) => itself && !swarm)
  return [
    ...own.flatMap((service) => settingsOfService(service, { program, env, notes })),
    ...others.flatMap(({ file, text }) => readSettings(text, file, { program, notes })),
  ]
}

/** One e-mail address a line. */
function isAddresses(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return lines.length > 0 && lines.every((line) => /^[^\s=@]+@[^\s=@]+$/.test(line))
}

/** Where no compose file says which service has a host, one is named after it. */
function unplaced(hosts: ReadonlyMap<string, Ref>, about: Ref, notes: Notes): Place[] {
  notes.remark(
    about,
    'which service has which host is not known, nor hosts that no rule names: give the compose files too, or put the labels where they belong',
  )
  return [...hosts].map(([host, ref]) => {
    const service = host.replace('*', 'any').replaceAll(/[^a-z0-9]+/g, '-')
    return { service: { service, swarm: false, labels: {} }, ref, host, path: '/', router: '' }
  })
}
