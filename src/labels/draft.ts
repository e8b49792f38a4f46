import type { Label } from './collect.ts'
import type { KeyName, Values } from './key.ts'
import { KEYS } from './keys.ts'
import type { Operator } from './operator.ts'
import type { LabelFault, Placed } from './place.ts'
import type { HeaderSpec } from './spec.ts'
import { unsafe } from './text.ts'

/** A value, the label it came from, and that label in normal form: `labelgate.allow=group:admins`. */
export interface Entry<T> {
  readonly value: T
  readonly label: Label
  readonly words: string
}

/** The values of one app or rule, as far as they could be read; the headers apart, since there may be several. */
export interface Draft {
  readonly values: Readonly<Drafted>
  readonly headers: readonly HeaderSpec[]
  readonly faults: readonly LabelFault[]
}

type Drafted = { [K in KeyName]?: Entry<Values[K]> }

/** Reads each label by its key. */
export function draftOf(placed: readonly Placed[], operator: Operator): Draft {
  const values: Drafted = {}
  const headers: HeaderSpec[] = []
  const faults: LabelFault[] = []
  for (const one of placed) {
    if (one.key === 'headers') headers.push(...read(one, one.key, operator, faults))
    else fill(values, read(one, one.key, operator, faults), one.key, one.label)
  }
  return { values, headers, faults }
}

function fill<K extends KeyName>(values: Drafted, [value]: readonly Values[K][], key: K, label: Label): void {
  if (value !== undefined)
    Object.assign(values, { [key]: { value, label, words: `labelgate.${label.name}=${label.value}` } })
}

/** The value, or none; a value that holds what none may is read all the same, for the hosts in it. */
function read<K extends KeyName>(
  { label, parameter }: Placed,
  key: K,
  operator: Operator,
  faults: LabelFault[],
): readonly Values[K][] {
  if (label.value === '') {
    faults.push({ label, fault: { reason: 'is empty', mend: 'give it a value, or take the label away' } })
    return []
  }
  const parsed = KEYS[key].parse(label.value, operator, parameter)
  const hidden = unsafe(label.value)
  faults.push(...(hidden === undefined ? parsed.faults : [hidden]).map((fault) => ({ label, fault })))
  return parsed.value === undefined ? [] : [parsed.value]
}
