import type { Defaulted, Option, Unset } from './option.ts'
import { isWrong, type Wrong } from './parsed.ts'

/** The environment, as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Gives a file's text, or throws as `readFileSync` does. */
export type ReadFile = (path: string) => string

const LONGEST_FILE = 65_536

/** A value that stands in the operator's file in place of the environment. */
export interface Elsewhere {
  readonly text: string
  /** Where, for messages. */
  readonly place: string
}

interface Given {
  readonly text: string
  /** Undefined: it stands in the variable itself. */
  readonly path?: string
}

/** Reads options one by one and collects what is wrong with them, so that all of it is said at once. */
export class Reader {
  readonly problems: string[] = []
  readonly #wrong = new Set<string>()
  readonly #env: Environment
  readonly #readFile: ReadFile
  #elsewhere: ReadonlyMap<string, Elsewhere> = new Map()

  constructor(env: Environment, readFile: ReadFile) {
    this.#env = env
    this.#readFile = readFile
  }

  /** Takes values of options, by name, from the operator's file; one that the environment gives too is a problem. */
  add(elsewhere: ReadonlyMap<string, Elsewhere>): void {
    this.#elsewhere = elsewhere
  }

  /** Is it given, here or there, right or wrong? */
  has(option: Option): boolean {
    const { name } = option
    return [this.#env[name], this.#env[`${name}_FILE`], this.#elsewhere.get(option.name)].some(
      (given) => given !== undefined,
    )
  }

  /** Where it is wrong its default stands in, so that reading can go on; the problem is noted. */
  value<T>(option: Defaulted<T>): T {
    const value = this.#read(option)
    if (value !== undefined) return value
    const fallback = option.parse(option.default)
    if (isWrong(fallback)) throw new Error(`the default of ${option.name} does not do: it ${fallback.wrong}`)
    return fallback.value
  }

  /** Undefined where it is not given, or wrong and noted. */
  optional<T>(option: Unset<T>): T | undefined {
    const value = this.#read(option)
    if (option.unset === 'required' && value === undefined && this.good(option)) {
      const nothing = option.parse('')
      this.note(option, `is required${isWrong(nothing) ? `: ${nothing.mend}` : ''}`)
    }
    return value
  }

  /** Was nothing wrong with these? What contradicts another is worth saying only then. */
  good(...options: readonly Option[]): boolean {
    return options.every((option) => !this.#wrong.has(option.name))
  }

  /** `what` follows the option's name. */
  note(option: Option, what: string): void {
    this.#wrong.add(option.name)
    this.problems.push(`${this.#elsewhere.get(option.name)?.place ?? option.name}: ${printable(what)}`)
  }

  /** Says why a file cannot be used; undefined where it can. */
  unreadable(path: string): string | undefined {
    const read = this.file(path)
    return typeof read === 'string' ? read : undefined
  }

  /** The text of a file, or why it cannot be used. */
  file(path: string): { readonly text: string } | string {
    try {
      return { text: this.#readFile(path) }
    } catch (error) {
      return reasonOf(error)
    }
  }

  #read<T>(option: Defaulted<T> | Unset<T>): T | undefined {
    const given = this.#given(option)
    if (given === undefined) return undefined
    const parsed = option.parse(given.text)
    if (!isWrong(parsed)) return parsed.value
    this.note(option, `${described(option, given, parsed)}: ${parsed.mend}`)
    return undefined
  }

  #given(option: Option): Given | undefined {
    const text = this.#env[option.name]?.trim()
    const path = this.#env[`${option.name}_FILE`]?.trim()
    const elsewhere = this.#elsewhere.get(option.name)
    if (elsewhere !== undefined) {
      if (text === undefined && path === undefined) return elsewhere
      this.note(option, `is given twice, as ${option.name} too: leave one of them out`)
      return undefined
    }
    if (text !== undefined && path !== undefined) {
      this.note(option, `is given twice, as ${option.name}_FILE too: leave one of them out`)
      return undefined
    }
    if (path !== undefined) return this.#file(option, path)
    // Docker's own tools take an empty variable for none.
    if (text === undefined || (text === '' && option.name.startsWith('DOCKER_'))) return undefined
    return { text }
  }

  #file(option: Option, path: string): Given | undefined {
    const refuse = (what: string): undefined => {
      this.note(option, `${option.name}_FILE: ${quote(path)} ${what}: write the path of a file with the value`)
    }
    if (path === '') return refuse('is no path')
    try {
      const text = this.#readFile(path)
      if (text.length > LONGEST_FILE) return refuse('is longer than 64 KiB')
      return text.trim() === '' ? refuse('is empty') : { text: text.trim(), path }
    } catch (error) {
      return refuse(reasonOf(error))
    }
  }
}

// A file may be the wrong one, another option's secret: what it holds is never shown.
function described(option: Option, given: Given, { item, wrong, detail }: Wrong): string {
  if (given.path !== undefined) return `what ${quote(given.path)} holds ${wrong}`
  if (option.secret === true) return `its value ${wrong}`
  const text = item ?? given.text
  const shown = quote(option.secret === 'userinfo' ? withoutSecrets(text) : text)
  return `${shown} ${wrong}${detail === undefined ? '' : ` (${detail.slice(0, 300)})`}`
}

/** What may be a password in an address: all before an `@`, and the query. */
function withoutSecrets(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '?***')
}

function quote(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`
}

/** On one line, with nothing in it that a terminal would obey or the eye not see. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\u2028\u2029]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Why a file that is not there cannot be used. */
export const ABSENT = 'is not there'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return REASONS[code] ?? `cannot be read (${code})`
}
