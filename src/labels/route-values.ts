import type { Operator } from './operator.ts'
import { bad, fault, good, type Parsed } from './parsed.ts'
import type { Route } from './spec.ts'
import { list, quote } from './text.ts'
import { nameOf, oneOf } from './words.ts'

const NETWORK = /^[A-Za-z0-9][\w.-]{0,127}$/
const NAME = /^[\w-]{1,128}$/
const MIDDLEWARE = /^[\w.-]{1,128}@[a-z]+$/

export function parsePort(text: string): Parsed<number> {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return good(Number(text))
  const [, inside] = /^\d+:(\d{1,5})$/.exec(text) ?? []
  return bad(
    `${quote(text)} is not a port`,
    inside === undefined ? 'write a number from 1 to 65535' : `write the port inside the container: ${inside}`,
  )
}

export function parseScheme(text: string): Parsed<Route['scheme']> {
  return oneOf(text, ['http', 'https', 'h2c'] as const)
}

export function parseNetworkName(text: string): Parsed<string> {
  return NETWORK.test(text) ? good(text) : bad(`${quote(text)} is not the name of a Docker network`)
}

export function parseEntrypoints(text: string, operator: Operator): Parsed<readonly string[]> {
  const known = [...new Set([...operator.entrypoints, ...operator.allowedEntrypoints])]
  return list(text, (item) => allowed(item, NAME, known, 'LABELGATE_ALLOWED_ENTRYPOINTS'))
}

export function parseCertresolver(text: string, operator: Operator): Parsed<string> {
  const own = operator.certresolver === undefined ? [] : [operator.certresolver]
  const known = [...new Set([...own, ...operator.allowedCertresolvers])]
  return allowed(text, NAME, known, 'LABELGATE_ALLOWED_CERTRESOLVERS')
}

/** Qualified: a bare name would be looked for in the provider of our own file. */
export function parseMiddlewares(text: string, operator: Operator): Parsed<readonly string[]> {
  return list(text, (item) => {
    if (!item.includes('@') && NAME.test(item))
      return { faults: [fault(`${quote(item)} does not say whose middleware it is`, `did you mean ${item}@file?`)] }
    return allowed(item, MIDDLEWARE, operator.allowedMiddlewares, 'LABELGATE_ALLOWED_MIDDLEWARES')
  })
}

function allowed(item: string, form: RegExp, known: readonly string[], option: string): Parsed<string> {
  return form.test(item) ? nameOf(item, known, option) : bad(`${quote(item)} is not a name Traefik can have`)
}
