import type { Subject } from '../labels/spec.ts'
import { isWrong, type Parser } from './parsed.ts'
import { line } from './plain.ts'

/** `parseAllow` of labels/subjects.ts, as much of it as is used here. */
export type ParseAllow = (text: string) => {
  readonly value?: readonly Subject[]
  readonly faults: readonly { readonly reason: string; readonly mend?: string }[]
}

/** `signed-in, group:admins`: the grammar of the label `labelgate.allow`, so that there is one. */
export function subjects(parseAllow: ParseAllow): Parser<readonly Subject[]> {
  return (text) => {
    const plain = line(4096)(text)
    if (isWrong(plain)) return plain
    const { value = [], faults } = parseAllow(text)
    if (faults.length === 0 && value.length > 0) return { value }
    const detail = faults.map(({ reason, mend }) => (mend === undefined ? reason : `${reason}, ${mend}`)).join('; ')
    return {
      wrong: 'is no list of subjects',
      detail,
      mend: 'write signed-in, user:…, group:…, email:… or claim:name=value, with commas between them',
    }
  }
}
