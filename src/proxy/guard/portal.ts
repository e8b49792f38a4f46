import { firstPortalMatch } from '../traefik/rule.ts'
import type { GuardContext } from './seen.ts'

const NAME = 'labelgate-portal'
const KEY = 'labelgate-proxy-key'

/**
 * Labels by which Traefik leads to the portal: those of labelgate's own container, where its labels name no router.
 * @param port of LABELGATE_LISTEN
 * @param network on which Traefik reaches us, where that is known
 */
export function withPortal(
  labels: Readonly<Record<string, string>>,
  { operator, proxyKey }: GuardContext,
  port: number,
  network?: string,
): Readonly<Record<string, string>> {
  if (Object.keys(labels).some((key) => /^traefik\.http\.routers\./i.test(key))) return labels
  const { rule, priority } = firstPortalMatch(operator.portalHost)
  const router = `traefik.http.routers.${NAME}`
  const { entrypoints, tls, certresolver } = operator
  const names = Object.keys(labels).some((key) => key.toLowerCase() === 'traefik.docker.network')
  return {
    ...labels,
    'traefik.enable': 'true',
    ...(network !== undefined && !names && { 'traefik.docker.network': network }),
    [`${router}.rule`]: rule,
    [`${router}.priority`]: priority,
    [`${router}.service`]: NAME,
    [`${router}.middlewares`]: KEY,
    ...(entrypoints.length > 0 && { [`${router}.entrypoints`]: entrypoints.join(',') }),
    ...(tls && { [`${router}.tls`]: 'true' }),
    ...(tls && certresolver !== undefined && { [`${router}.tls.certresolver`]: certresolver }),
    [`traefik.http.middlewares.${KEY}.headers.customrequestheaders.X-Labelgate-Proxy-Key`]: proxyKey,
    [`traefik.http.services.${NAME}.loadbalancer.server.port`]: `${port}`,
  }
}
