import type { AppSpec } from '../../labels/spec.ts'
import { familyPatterns } from '../../syntax/header-family.ts'
import { askedAt, MAX_ANSWER, takenHeaders } from '../traefik/forward-auth.ts'
import { objectName } from '../traefik/names.ts'
import type { GuardContext } from './seen.ts'
import { OURS } from './traefik-view.ts'

/** The middleware that asks about this app. Replicas share it. */
export function middlewareName(spec: AppSpec): string {
  return `${OURS}${objectName(spec)}`
}

/** Labels that define it. trustForwardHeader=false: Traefik says what it routed by, not the client. */
export function middlewareLabels(
  spec: AppSpec,
  identityHeaders: readonly string[],
  context: GuardContext,
): readonly (readonly [key: string, value: string])[] {
  const option = `traefik.http.middlewares.${middlewareName(spec)}.forwardauth`
  const taken = takenHeaders(identityHeaders, context.tokenHeader)
  return [
    [`${option}.address`, askedAt(spec.id, context)],
    [`${option}.authresponseheaders`, taken.join(',')],
    [`${option}.authresponseheadersregex`, aliasPattern(taken, context.operator.reservedHeaders)],
    ...(context.maxResponseBody ? [[`${option}.maxresponsebodysize`, `${MAX_ANSWER}`] as const] : []),
    [`${option}.trustforwardheader`, 'false'],
  ]
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
