/** Settings of programs in Go as people write them: flags, variables, TOML and INI, or a service of a compose file. */
import { interpolate, type Environment } from '../interpolate.ts'
import type { Notes, Ref } from './notes.ts'
import { refOf, type Service } from './places.ts'

export interface Setting {
  /** As a flag is written, without dashes in front: `email-domain`, `rule.api.action`. */
  readonly name: string
  readonly values: readonly string[]
  readonly ref: Ref
  /** Flags hold over variables, and those over files. */
  readonly rank: 'flag' | 'variable' | 'file'
}
const RANKS = ['flag', 'variable', 'file'] as const

export interface Program {
  /** Of its variables: `OAUTH2_PROXY_`; empty for a program that takes bare ones. */
  readonly prefix: string
  /** Variables that are its own, where it has no prefix. */
  readonly isOwn: (name: string) => boolean
}

const SECRET = /secret|password|signature|[_-]key$|_?token$/i

/** A file of flags, variables or `name = value`, in any mixture; lines that are none of them are noted. */
export function readSettings(
  text: string,
  file: string,
  { program, notes }: { program: Program; notes: Notes },
): Setting[] {
  const found: Setting[] = []
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1
    let entry = (lines[i] ?? '')
      .trim()
      .replace(/^- +/, '')
      .replace(/ \\$/, '')
      .replace(/^export +/, '')
    if (entry === '' || /^[#;[]/.test(entry)) continue
    if (/=\s*\[[^\]]*$/.test(entry))
      while (i + 1 < lines.length && !entry.includes(']')) entry += ` ${(lines[++i] ?? '').trim().replace(/^#.*/, '')}`
    const setting = settingOf(entry, { file, line }, program)
    if (setting !== undefined) found.push(setting)
    else notes.left({ file, line, text: '…' }, 'is neither a flag nor a setting')
  }
  return found
}

/** Its `command` and `environment`; variables that compose would fill in are filled in. */
export function settingsOfService(
  service: Service,
  { program, env, notes }: { program: Program; env: Environment; notes: Notes },
): Setting[] {
  const ref = refOf(service)
  const filled = (text: string, name: string) => {
    // what it is is of no matter
    if (SECRET.test(name)) return text.replaceAll('$', '_')
    const { text: value, unset, fault } = interpolate(text, env)
    if (unset.length > 0 || fault !== undefined)
      notes.left(
        { ...ref, text: `${service.service}: ${name}` },
        `has ${unset.join(', ') || 'a variable'}, which is not set here`,
      )
    return value
  }
  const command: unknown = service.body.get('command')
  const words = Array.isArray(command) ? command.map(String) : typeof command === 'string' ? command.split(/\s+/) : []
  const flags = joined(words).flatMap((flag) => settingOf(filled(flag, flag.split('=')[0] ?? ''), ref, program) ?? [])
  const entries = entriesOf(service.body.get('environment'))
  const variables = entries.flatMap(([key, value]) =>
    isOwn(key, program) ? [settingOf(`${key}=${filled(value, key)}`, ref, program)] : [],
  )
  if (service.body.has('env_file'))
    notes.left({ ...ref, text: `${service.service}: env_file` }, 'is not read: name the file beside this one')
  // what stands on the command line holds over variables
  return [...flags, ...variables.flatMap((one) => one ?? [])]
}

/** A variable without a value is taken from the environment of compose. */
function entriesOf(environment: unknown): readonly (readonly [string, string])[] {
  if (environment instanceof Map)
    return [...(environment as Map<unknown, unknown>)].map(([key, value]) => [
      String(key),
      scalar(value) ?? `\${${String(key)}}`,
    ])
  if (!Array.isArray(environment)) return []
  return environment.map(String).map((item) => {
    const equals = item.indexOf('=')
    return equals < 0 ? [item, `\${${item}}`] : [item.slice(0, equals), item.slice(equals + 1)]
  })
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** `--name value` in two words is one flag. */
function joined(words: readonly string[]): string[] {
  const all: string[] = []
  for (const word of words) {
    const before = all.at(-1)
    if (!word.startsWith('-') && before?.startsWith('-') === true && !before.includes('='))
      all.push(`${all.pop() ?? ''}=${word}`)
    else if (word.startsWith('-')) all.push(word)
  }
  return all
}

function settingOf(entry: string, place: Omit<Ref, 'text'>, program: Program): Setting | undefined {
  const [, dashes = '', name = '', separator = '', raw = ''] =
    /^(--?)?([A-Za-z][\w.-]*)(\s*=\s*|\s+|$)(.*)$/.exec(entry) ?? []
  if (name === '' || (dashes === '' && !separator.includes('='))) return undefined
  const variable = dashes === '' && isOwn(name, program)
  const flag = (variable ? name.slice(program.prefix.length) : name).toLowerCase().replaceAll('_', '-')
  const values = dashes === '' && separator.includes('=') && raw.startsWith('[') ? listed(raw) : [unquoted(raw)]
  const shown = SECRET.test(name) ? `${dashes}${name}=…` : entry
  return {
    name: flag,
    rank: dashes !== '' ? 'flag' : variable ? 'variable' : 'file',
    values: dashes !== '' && separator === '' ? ['true'] : values,
    ref: { file: place.file, line: place.line, text: shown },
  }
}

function isOwn(name: string, { prefix, isOwn }: Program): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name) && name.startsWith(prefix) && isOwn(name)
}

function listed(raw: string): string[] {
  return [...raw.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(([, double, single]) =>
    double === undefined ? (single ?? '') : unescaped(double),
  )
}

function unquoted(raw: string): string {
  const text = raw.trim()
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?$/.exec(text) ?? []
  return double === undefined ? (single ?? text) : unescaped(double)
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (whole, character: string) =>
    character === '"' || character === '\\' ? character : whole,
  )
}

/** Settings by name. */
export class Settings {
  readonly #settings: readonly Setting[]
  readonly #read = new Set<string>()

  constructor(settings: readonly Setting[]) {
    this.#settings = settings
  }

  /** Every value of these names, of flags where there are any, with its place; items between commas apart where `split`. */
  all(names: readonly string[], split = true): { readonly value: string; readonly ref: Ref }[] {
    for (const name of names) this.#read.add(name)
    const named = this.#settings.filter(({ name }) => names.includes(name))
    const rank = RANKS.find((rank) => named.some((setting) => setting.rank === rank))
    return named
      .filter((setting) => setting.rank === rank)
      .flatMap(({ values, ref }) =>
        (split ? values.flatMap((value) => value.split(',')) : values).map((value) => ({ value: value.trim(), ref })),
      )
      .filter(({ value }) => value !== '')
  }

  one(...names: readonly string[]): { readonly value: string; readonly ref: Ref } | undefined {
    return this.all(names, false)[0]
  }

  flag(name: string): { readonly ref: Ref } | undefined {
    const found = this.one(name)
    return found !== undefined && /^(?:1|t|true)$/i.test(found.value) ? found : undefined
  }

  /** Those whose names begin so. */
  under(prefix: string): readonly Setting[] {
    return this.#settings.filter(({ name }) => name.startsWith(prefix))
  }

  /** What nobody has asked for. */
  get unread(): readonly Setting[] {
    return this.#settings.filter(({ name }) => !this.#read.has(name))
  }
}
