/** What needs no sign-in: paths, and networks. Labels may say so only where the operator lets them. */
import type { Networks } from '../syntax/networks.ts'
import { parseNetworkList } from './networks.ts'
import type { Operator } from './operator.ts'
import { bad, good, type Parsed } from './parsed.ts'
import { parseMethods, plainPath } from './paths.ts'
import { METHODS, type PublicPattern } from './spec.ts'
import { list, quote } from './text.ts'

/** For whatever lets somebody in who has not signed in. */
export const REFUSED = bad('is refused by LABELGATE_PUBLIC_LABELS', 'ask the operator')

/** `[METHOD[|METHOD]] /path`, or with `/**` at its end that path and everything below it. */
export function parsePublic(text: string, operator: Operator): Parsed<readonly PublicPattern[]> {
  return operator.publicLabels ? list(text, parsePattern) : REFUSED
}

function parsePattern(item: string): Parsed<PublicPattern> {
  const words = item.split(/[ \t]+/)
  const text = words.at(-1) ?? ''
  if (words.length > 2) return bad(`${quote(item)} is not a method and a path`, 'write GET|HEAD /path; a space is %20')
  if (words.length === 1 && METHODS.some((method) => method === text.toUpperCase()))
    return bad(`${quote(item)} is a method without a path`, 'write GET|HEAD /path, with | between methods')
  const methods = words.length === 2 ? parseMethods(words[0] ?? '') : undefined
  const subtree = text.endsWith('/**')
  if (text.endsWith('/*'))
    return bad(`${quote(item)} is not a pattern`, `did you mean ${text}*? it covers the path and all below it`)
  const path = plainPath(subtree ? text.slice(0, -3) || '/' : text)
  const faults = [...(methods?.faults ?? []), ...path.faults]
  if (path.value === undefined || faults.length > 0) return { faults }
  return good({ ...(methods?.value === undefined ? {} : { methods: methods.value }), path: path.value, subtree })
}

export function parsePublicFrom(text: string, operator: Operator): Parsed<Networks> {
  return operator.publicLabels ? parseNetworkList(text) : REFUSED
}
