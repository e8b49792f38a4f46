import type { GuardContext, Seen } from '../../../src/proxy/guard/labels.ts'
import { OPERATOR } from '../../labels/operator.ts'

export const CONTEXT: GuardContext = {
  operator: { ...OPERATOR, ownsRoutes: false },
  internalUrl: 'http://labelgate:4180',
  proxyKey: 'KeyKeyKey',
  identityHeaders: ['Remote-Email', 'Remote-Groups', 'Remote-Name', 'Remote-User'],
  maxResponseBody: true,
}

/** A container of that name with these labels. */
export function seen(name: string, labels: Readonly<Record<string, string>> = {}): Seen {
  return { id: `id-of-${name}`, name, labels }
}
