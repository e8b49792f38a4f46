import { joined, parseNetwork } from './networks.ts'
import type { Operator } from './operator.ts'
import { bad, type Fault, fault, good, type Parsed } from './parsed.ts'
import type { Requirement } from './spec.ts'
import { list, quote, trimBlanks } from './text.ts'
import { didYouMean, nameOf } from './words.ts'
import { nearest } from '../syntax/nearest.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const LEAST_FRESH = 60
const MOST_FRESH = 30 * SECONDS.d
const FORMS = ['mfa', 'fresh', 'network', 'provider'] as const

type Item = Exclude<Requirement, { kind: 'network' }> | { readonly kind: 'network'; readonly text: string }

/** All must hold; several networks are one requirement, met in any of them. */
export function parseRequire(text: string, operator: Operator): Parsed<readonly Requirement[]> {
  const items = list(text, (item) => parseRequirement(item, operator))
  const faults = [...items.faults, ...repeated(items.value ?? [])]
  if (items.value === undefined || faults.length > 0) return { faults }
  const networks = items.value.flatMap((item) => (item.kind === 'network' ? [item.text] : []))
  const others = items.value.flatMap((item) => (item.kind === 'network' ? [] : [item]))
  if (networks.length === 0) return good(others)
  const parsed = joined(networks)
  if (parsed.value === undefined) return { faults: parsed.faults }
  return good([...others, { kind: 'network', networks: parsed.value }])
}

function parseRequirement(item: string, operator: Operator): Parsed<Item> {
  const [word = '', ...rest] = item.split('=')
  const kind = trimBlanks(word).toLowerCase()
  const value = trimBlanks(rest.join('='))
  switch (kind) {
    case 'mfa':
      return rest.length === 0 ? good({ kind }) : bad('mfa takes no value', 'write mfa alone')
    case 'fresh':
      return fresh(value)
    case 'network': {
      const parsed = parseNetwork(value)
      return parsed.value === undefined ? { faults: parsed.faults } : good({ kind, text: parsed.value })
    }
    case 'provider': {
      const parsed = nameOf(value, operator.providers, 'the sign-in providers')
      return parsed.value === undefined ? { faults: parsed.faults } : good({ kind, name: parsed.value })
    }
    default:
      return bad(
        `${quote(item)} is not a requirement`,
        didYouMean(nearest(kind, FORMS)) ?? 'write fresh=1h, network=10.0.0.0/8 or provider=…',
      )
  }
}

function fresh(value: string): Parsed<Item> {
  const [, digits = '', unit = ''] = /^(\d{1,7})([smhd])$/.exec(value) ?? []
  if (digits === '') return bad(`fresh=${value} is not a length of time`, 'write it like fresh=10m, with s, m, h or d')
  const seconds = Number(digits) * SECONDS[unit as keyof typeof SECONDS]
  if (seconds < LEAST_FRESH || seconds > MOST_FRESH) return bad(`fresh=${value} is not between 1m and 30d`)
  return good({ kind: 'fresh', seconds })
}

/** Two lengths of time, or two providers, cannot both have been meant. */
function repeated(items: readonly Item[]): Fault[] {
  return (['fresh', 'provider'] as const)
    .filter((kind) => items.filter((item) => item.kind === kind).length > 1)
    .map((kind) => fault(`says ${kind} more than once`, 'keep one of them'))
}
