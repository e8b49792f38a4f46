import type { Parser } from './parsed.ts'

interface Row<T> {
  readonly name: string
  readonly parse: Parser<T>
  /** What the value is, in a word or two; the unit where it is a number. */
  readonly unit: string
  /** One sentence for the reference. */
  readonly sentence: string
  /** `true`: the value is never shown. `userinfo`: shown without user name, password and query. */
  readonly secret?: true | 'userinfo'
}

/** An option that always has a value. */
export interface Defaulted<T> extends Row<T> {
  /** As it would be written. */
  readonly default: string
}

/** An option that may have none. */
export interface Unset<T> extends Row<T> {
  /** What holds where it is not given; `required`: it must be. */
  readonly unset: string
}

export type Option = Defaulted<unknown> | Unset<unknown>
