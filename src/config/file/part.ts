import type { Subject } from '../../labels/spec.ts'
import { parseClaimPath } from '../../syntax/claim-path.ts'
import { isWrong, type Parser } from '../parsed.ts'
import type { Admit, ClaimPath } from '../operator-file.ts'
import type { ParseAllow } from '../subjects.ts'
import type { Path } from './yaml.ts'

/** How the parts of the file are read, and what becomes of what is wrong with them. */
export interface Tools {
  /** `what` follows the path, and quotes no secret. */
  readonly note: (path: Path, what: string) => void
  /** Text of a file, or undefined where it cannot be read, which is then noted. */
  readonly readFile: (path: Path, file: string) => string | undefined
  readonly parseAllow: ParseAllow
}

/**
 * One object of the file, whose shape the schema has already judged: values that are not as they should be are taken
 * for absent, since that has been said.
 */
export class Part {
  readonly path: Path
  readonly #value: Readonly<Record<string, unknown>>
  readonly #tools: Tools

  constructor(path: Path, value: unknown, tools: Tools) {
    this.path = path
    this.#value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
    this.#tools = tools
  }

  /** Own keys alone (threat E-31). */
  get keys(): readonly string[] {
    return Object.keys(this.#value)
  }

  get(key: string): unknown {
    return Object.hasOwn(this.#value, key) ? this.#value[key] : undefined
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  note(key: string, what: string): undefined {
    this.#tools.note([...this.path, key], what)
  }

  part(key: string): Part {
    return new Part([...this.path, key], this.get(key), this.#tools)
  }

  text(key: string): string | undefined {
    const value = this.get(key)
    return typeof value === 'string' ? value : undefined
  }

  flag(key: string): boolean {
    return this.get(key) === true
  }

  /** As a label would say it: items with commas between them. What is no text the schema has refused already. */
  words(key: string): string | undefined {
    const value = this.get(key)
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(', ') : this.text(key)
  }

  /** Empty where nothing is said. An item of nothing is a mistake, and never passed over (threat E-15). */
  list(key: string): readonly string[] {
    const items =
      this.words(key)
        ?.split(',')
        .map((item) => item.trim()) ?? []
    if (items.includes('')) this.note(key, 'has an empty item: put one comma between two, and none at the end')
    return items.filter((item) => item !== '')
  }

  parsed<T>(key: string, parser: Parser<T>): T | undefined {
    const text = this.text(key)
    if (text === undefined) return undefined
    const parsed = parser(text)
    if (!isWrong(parsed)) return parsed.value
    const { wrong, detail, mend } = parsed
    return this.note(key, `${wrong}${detail === undefined ? '' : ` (${detail})`}: ${mend}`)
  }

  /** Text of the file that the key names. */
  file(key: string): string | undefined {
    const file = this.text(key)
    return file === undefined ? undefined : this.#tools.readFile([...this.path, key], file)
  }

  /** Without the line break that editors put at the end. */
  secret(key: string): string | undefined {
    const text = this.file(key)?.trim()
    return text === '' ? this.note(key, 'names a file that is empty: put the secret there') : text
  }

  certificates(key: string): string | undefined {
    const text = this.file(key)
    if (text === undefined || text.includes('-----BEGIN CERTIFICATE-----')) return text
    return this.note(key, 'names a file without a certificate: it has to be PEM')
  }

  claimPaths(key: string): readonly ClaimPath[] | undefined {
    if (!this.has(key)) return undefined
    return this.list(key).flatMap((text) => {
      const path = parseClaimPath(text)
      if (path === undefined) this.note(key, `"${text}" is no path of claims: write names, with dots between them`)
      return path === undefined ? [] : [path]
    })
  }

  /** `groups`: false where the provider has none, so that a rule by group could never hold (threat E-16). */
  admit(key: string, groups: boolean): Admit {
    const text = this.words(key)
    if (text === undefined) return []
    if (text.trim() === '*') return ['*']
    if (text.split(',').some((item) => item.trim() === '*'))
      return this.#refuse(key, 'has * beside others: it is everybody, so write it alone')
    const { value = [], faults } = this.#tools.parseAllow(text)
    for (const { reason, mend } of faults) this.note(key, mend === undefined ? reason : `${reason}: ${mend}`)
    if (value.some(({ kind }) => kind === 'signed-in'))
      return this.#refuse(key, "has signed-in, which is everybody here: write '*' if that is meant")
    if (!groups && value.some(isGroup))
      return this.#refuse(key, 'names a group, and this provider has none: say in claims.groups where they are')
    return value
  }

  #refuse(key: string, what: string): Admit {
    this.note(key, what)
    return []
  }
}

function isGroup({ kind }: Subject): boolean {
  return kind === 'group'
}
