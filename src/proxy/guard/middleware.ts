import type { AppSpec } from '../../labels/spec.ts'
import { familyPatterns } from '../../syntax/header-family.ts'
import { askedAt, MAX_ANSWER, takenHeaders } from '../traefik/forward-auth.ts'
import { objectName } from '../traefik/names.ts'
import type { GuardContext } from './seen.ts'
import { OURS } from './traefik-view.ts'

const names = new WeakMap<AppSpec, string>()

/** The middleware that asks about this app. Replicas share it. */
export function middlewareName(spec: AppSpec): string {
  let name = names.get(spec)
  if (name === undefined) names.set(spec, (name = `${OURS}${objectName(spec)}`))
  return name
}

/** Labels that define it. trustForwardHeader=false: Traefik says what it routed by, not the client. */
export function middlewareLabels(
  spec: AppSpec,
  identityHeaders: readonly string[],
  context: GuardContext,
): readonly (readonly [key: string, value: string])[] {
  const option = `traefik.http.middlewares.${middlewareName(spec)}.forwardauth`
  const { taken, pattern } = takenOf(identityHeaders, context)
  return [
    [`${option}.address`, askedAt(spec.id, context)],
    [`${option}.authresponseheaders`, taken],
    [`${option}.authresponseheadersregex`, pattern],
    ...(context.maxResponseBody ? [[`${option}.maxresponsebodysize`, `${MAX_ANSWER}`] as const] : []),
    [`${option}.trustforwardheader`, 'false'],
  ]
}

interface Taken {
  readonly taken: string
  readonly pattern: string
}

let last: (Taken & { readonly of: string }) | undefined

/** The headers of all containers of a list are the same, so they are worked out once. */
function takenOf(identityHeaders: readonly string[], { tokenHeader, operator }: GuardContext): Taken {
  const of = JSON.stringify([identityHeaders, tokenHeader, operator.reservedHeaders])
  if (last?.of !== of) {
    const taken = takenHeaders(identityHeaders, tokenHeader)
    last = { of, taken: taken.join(','), pattern: aliasPattern(taken, operator.reservedHeaders) }
  }
  return last
}

/**
 * Go's regular expression for every spelling that CGI, WSGI, PHP and the like take for one of these headers
 * (`Remote_User`, `Remote.User` …): whatever stands there that is no letter and no digit. Traefik deletes from the
 * request what it matches.
 */
function aliasPattern(names: readonly string[], families: readonly string[] = []): string {
  const exact = names.map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '[^a-z0-9]'))
  const patterns = [...exact, ...familyPatterns(families).map((pattern) => `${pattern}.*`)]
  return `(?i)^(?:${[...new Set(patterns)].toSorted().join('|')})$`
}
