import type { AppSpec } from '../../labels/spec.ts'
import type { App } from '../../table/table.ts'
import { balancer, entrance, type Context, type Lines } from './context.ts'
import { answerLimit, askedAt, takenHeaders } from './forward-auth.ts'
import { aliasPattern } from './headers.ts'
import { objectName, OWN } from './names.ts'
import { exactMatch, wildcardMatch } from './rule.ts'
import { line, type Value } from './yaml.ts'

/** Which of its hosts an app has, as the table judged. */
export interface Hosts {
  /** Its own alone. */
  readonly own: readonly string[]
  /** Claimed by others too, so nobody's; each listed with one of the claimants. */
  readonly contested: readonly string[]
}

/**
 * One app's objects. A host that leads nowhere, because its labels are wrong, or two apps claim it, or nothing runs,
 * still has its router: forward-auth answers for it, what that lets pass ends at labelgate itself, and no router of
 * somebody else gets the host meanwhile.
 */
export function appLines(app: App, hosts: Hosts, context: Context): Lines {
  const { spec } = app
  const name = objectName(spec)
  const auth = `${name}-auth`
  const routed = !spec.broken && app.upstreams.length > 0 ? hosts.own : []
  const held = routed.length > 0 ? hosts.contested : [...hosts.own, ...hosts.contested]
  // our two first and in this order: what comes later may change the path, which forward-auth must see as it came
  const open = { middlewares: [OWN.strip, auth, ...spec.route.middlewares], service: name }
  const closed = { middlewares: [OWN.strip, auth, OWN.unavailable], service: OWN.service }
  const routers = [
    ...matches(spec, routed, context).map((match) => ({ ...match, ...open })),
    ...matches(spec, held, context).map((match) => ({ ...match, ...closed })),
  ]
  if (routers.length === 0) return { routers: '', services: '', middlewares: '' }
  return {
    routers: routers.map((router, index) => line(index === 0 ? name : `${name}-${index + 1}`, router)).join(''),
    services: routed.length > 0 ? line(name, balancer(urlsOf(app), speaksTls(app) ? OWN.unchecked : undefined)) : '',
    middlewares: line(auth, forwardAuth(spec.id, context)),
  }
}

function urlsOf({ upstreams }: App): string[] {
  return upstreams.map(({ url }) => url)
}

/** An app's own certificate is not for the address that its container has, so there is nothing to check it by. */
export function speaksTls({ spec, upstreams }: App): boolean {
  return spec.route.scheme === 'https' && upstreams.length > 0
}

/** One router's worth for all exact hosts, one for each wildcard. */
function matches(spec: AppSpec, hosts: readonly string[], context: Context): Record<string, Value>[] {
  const exact = hosts.filter((host) => !host.startsWith('*.'))
  const wildcards = hosts.filter((host) => host.startsWith('*.'))
  const { portalHost } = context.operator
  return [
    ...(exact.length > 0 ? [{ ...entrance(spec.route), ...exactMatch(exact, spec.path) }] : []),
    ...wildcards.map((host) => ({ ...entrance(spec.route, host), ...wildcardMatch(host, spec.path, portalHost) })),
  ]
}

/**
 * trustForwardHeader=false: Traefik says what it routed by, and passes on nothing a client claims of that.
 */
function forwardAuth(id: string, context: Context): Value {
  const { reservedHeaders = [] } = context.operator
  return {
    forwardAuth: {
      address: askedAt(id, context),
      authResponseHeaders: takenHeaders(context.identityHeaders, context.tokenHeader),
      // single names are in OWN.strip; Traefik deletes what this matches before it copies ours
      ...(reservedHeaders.length > 0 && { authResponseHeadersRegex: aliasPattern([], reservedHeaders) }),
      ...answerLimit(context.version),
      trustForwardHeader: false,
    },
  }
}
