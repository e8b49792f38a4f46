/**
 * A label's key as Traefik's parser cuts it (traefik/paerser v0.2.2 `parser/labels_decode.go`): which keys it looks at,
 * into which parts it takes them, and which it cannot read.
 */
import { compare } from '../../labels/text.ts'

export interface Cut {
  readonly key: string
  readonly value: string
  /** Each as written: `traefik`, `http`, `routers`, `App`, `rule`. */
  readonly parts: readonly string[]
  /** Each in lower case, as far as that can make it a word of Traefik's. */
  readonly folded: readonly string[]
}

/** `drops`: Traefik drops the container. `kills`: its parser panics, and no container has a route (seen in 3.7.13). */
export interface Uncut {
  readonly key: string
  readonly value: string
  readonly effect: 'drops' | 'kills'
}

// Prefixes of text, whatever the case: `traefik.httpx` too.
const LOOKED_AT = /^traefik\.(?:http|tcp|udp|tls\.stores\.default|docker\.|swarm\.|enable)/i

/** In the order Traefik goes by, for which the first spelling of a name is the name. */
export function cutAll(labels: Readonly<Record<string, string>>): (Cut | Uncut)[] {
  return Object.entries(labels)
    .filter(([key]) => LOOKED_AT.test(key))
    .toSorted(([a], [b]) => compare(a, b))
    .map(([key, value]) => cut(key, value))
}

function cut(key: string, value: string): Cut | Uncut {
  const words = key.split('.')
  // it goes from left to right, and stops at the first it cannot read
  const wrong = words.find((word) => word === '' || word.startsWith('[') || isHalfIndex(word))
  if (words[0] !== 'traefik') return { key, value, effect: 'drops' }
  if (wrong !== undefined) return { key, value, effect: isHalfIndex(wrong) ? 'kills' : 'drops' }
  const parts = words.flatMap((word) => {
    // `domains[0]` is `domains` and `[0]`
    const index = word.endsWith(']') ? word.indexOf('[') : -1
    return index < 0 ? [word] : [word.slice(0, index), word.slice(index)]
  })
  return { key, value, parts, folded: parts.map(fold) }
}

/** A bracket closed that was never opened: an index of -1 to the parser. */
function isHalfIndex(word: string): boolean {
  return word.endsWith(']') && !word.includes('[')
}

/** Go's strings.EqualFold knows two letters beyond ASCII that equal one within it: the long s, and the Kelvin sign. */
export function fold(word: string): string {
  return word.toLowerCase().replaceAll('\u017f', 's')
}
