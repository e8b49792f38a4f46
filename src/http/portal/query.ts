import type { FastifyRequest } from 'fastify'

/** Reads query parameters by name: undefined where one is absent, or given twice and so could be read in two ways. */
export function readQuery(request: FastifyRequest): (name: string) => string | undefined {
  const query = request.query
  return (name) => {
    if (typeof query !== 'object' || query === null || !Object.hasOwn(query, name)) return undefined
    const value: unknown = Reflect.get(query, name)
    return typeof value === 'string' ? value : undefined
  }
}
