import type { Table } from '../../table/table.ts'
import { balancer, entrance, fileOf, type RenderOptions } from './context.ts'
import type { Document } from './document.ts'
import { answerLimit, takenHeaders } from './forward-auth.ts'
import { aliasPattern, identityHeaders } from './headers.ts'
import { OWN } from './names.ts'
import { firstPortalMatch } from './rule.ts'
import { line } from './yaml.ts'

/**
 * Traefik's dynamic configuration where all routers but the portal's are made by others, and the operator has put our
 * middleware before a whole entry point: `entryPoints.<name>.http.middlewares=labelgate@file`. Whose a request is, host
 * and path say. It depends on the apps by their headers alone, so Traefik hardly ever reads it anew.
 * @throws Error for text that must not be in such a file; labels/ lets none through
 */
export function renderEntryPoint(table: Table, options: RenderOptions): Document {
  const { operator, internalUrl, proxyKey, tokenHeader, version } = options
  const names = identityHeaders(table, operator.defaultHeaders)
  const portal = {
    ...entrance(operator),
    ...firstPortalMatch(operator.portalHost),
    middlewares: [OWN.proxyKey],
    service: OWN.service,
  }
  const forwardAuth = {
    address: `${internalUrl}/auth/forward/${proxyKey}`,
    authResponseHeaders: takenHeaders(names, tokenHeader),
    authResponseHeadersRegex: aliasPattern(names, operator.reservedHeaders),
    ...answerLimit(version),
    // Traefik says what it routed by, and passes on nothing a client claims of that
    trustForwardHeader: false,
  }
  return fileOf([
    {
      routers: line(OWN.portal, portal),
      services: line(OWN.service, balancer([internalUrl])),
      middlewares:
        line(OWN.entryPoint, { forwardAuth }) +
        line(OWN.proxyKey, { headers: { customRequestHeaders: { 'X-Labelgate-Proxy-Key': proxyKey } } }),
    },
  ])
}
