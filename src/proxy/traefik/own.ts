import { balancer, entrance, type Context, type Lines } from './context.ts'
import { aliases } from './headers.ts'
import { OWN } from './names.ts'
import { portalMatch } from './rule.ts'
import { line } from './yaml.ts'

/** The portal, labelgate as a service, and the middlewares that apps share. There is always something to write. */
export function ownLines({ operator, internalUrl, proxyKey, identityHeaders }: Context): Lines {
  const portal = {
    ...entrance(operator),
    ...portalMatch(operator.portalHost),
    middlewares: [OWN.proxyKey],
    service: OWN.service,
  }
  // Traefik deletes the request header that is set to nothing (middlewares/headers/header.go)
  const blank = Object.fromEntries(aliases(identityHeaders).map((name) => [name, '']))
  return {
    routers: line(OWN.portal, portal),
    services: line(OWN.service, balancer([internalUrl])),
    middlewares: [
      // by it the portal knows that the client's address in X-Forwarded-For is from the proxy
      line(OWN.proxyKey, { headers: { customRequestHeaders: { 'X-Labelgate-Proxy-Key': proxyKey } } }),
      line(OWN.strip, { headers: { customRequestHeaders: blank } }),
      // what an app's host leads to instead of the app must not be an address of ours that the client chose
      line(OWN.unavailable, { replacePath: { path: '/.labelgate/unavailable' } }),
    ].join(''),
  }
}
