import type { ErrorObject, ValidateFunction } from 'ajv'
import { ajv } from '../../lazy.ts'
import { nearest } from '../../syntax/nearest.ts'
import { SCHEMA } from './schema.ts'
import type { Schema } from './schema-words.ts'
import type { Path } from './yaml.ts'

/** Something of the file that does not do. */
export interface Wrong {
  readonly path: Path
  /** Follows the path: what was read where that is no secret, why it does not do, and the mend. */
  readonly what: string
}

/** Made with the first file that is read: a server without one would hold 15 MiB for nothing. */
let compiled: ValidateFunction | undefined

function compile(): ValidateFunction {
  const { Ajv } = ajv()
  const compiler = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, ownProperties: true, verbose: true })
  compiler.addKeyword('patternErrorMessage')
  return compiler.compile(SCHEMA)
}

/** What the schema has against it, each thing once, in our own words. */
export function violations(value: unknown): readonly Wrong[] {
  const validate = (compiled ??= compile())
  if (validate(value)) return []
  const said = new Map<string, Wrong>()
  for (const error of validate.errors ?? []) {
    const found = wrongOf(error)
    if (found !== undefined && !said.has(key(found.path))) said.set(key(found.path), found)
  }
  return [...said.values()].filter(({ path }) => !isMoot(path, said))
}

/** What a provider has to say is not known where its type is not, and nothing is to be said of what has no name. */
function isMoot([section, name, ...rest]: Path, said: ReadonlyMap<string, unknown>): boolean {
  if (section === undefined || name === undefined || rest.length === 0) return false
  return said.has(key([section, name])) || (rest[0] !== 'type' && said.has(key([section, name, 'type'])))
}

function key(path: Path): string {
  return JSON.stringify(path)
}

function wrongOf(error: ErrorObject): Wrong | undefined {
  const { keyword, params, data, propertyName } = error
  const schema = (error.parentSchema ?? {}) as Schema
  const path = pathOf(error.instancePath)
  const { additionalProperty, missingProperty } = params as Readonly<Record<string, string>>
  if (propertyName !== undefined)
    return { path: [...path, propertyName], what: schema.patternErrorMessage ?? 'cannot be a name' }
  switch (keyword) {
    case 'additionalProperties':
      return { path: [...path, additionalProperty ?? ''], what: unknownKey(additionalProperty ?? '', schema) }
    case 'required':
      return { path: [...path, missingProperty ?? ''], what: missing(missingProperty ?? '', schema) }
    case 'type':
      return { path, what: `is ${nameOf(data)}: write ${wanted(schema)}` }
    case 'enum':
    case 'const':
      return { path, what: noneOf(data, schema) }
    case 'pattern':
      return { path, what: `${isSecret(path) ? '' : quoted(data)}${schema.patternErrorMessage ?? 'does not do'}` }
    case 'minLength':
      return { path, what: `is empty: ${mend(schema)}` }
    case 'minItems':
      return { path, what: `is an empty list: ${mend(schema)}` }
    case 'minProperties':
      return { path, what: `is empty: write at least one of ${Object.keys(schema.properties ?? {}).join(', ')}` }
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return { path, what: `is too long: ${String((params as { limit?: unknown }).limit)} is the limit` }
    default:
      // what only says that something below it is wrong: if, propertyNames
      return undefined
  }
}

/** RFC 6901. */
function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => {
    const plain = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^\d+$/.test(plain) ? Number(plain) : plain
  })
}

function unknownKey(name: string, { properties = {} }: Schema): string {
  const near = nearest(name, Object.keys(properties)) ?? Object.keys(properties).find((one) => one === `${name}-file`)
  return `is no key that may stand here: ${near === undefined ? `the keys are ${Object.keys(properties).join(', ')}` : `did you mean ${near}?`}`
}

function missing(name: string, { properties = {} }: Schema): string {
  const [example] = properties[name]?.examples ?? []
  const because = name === 'admit' ? ', so that whoever has an account there could sign in' : ''
  return `is not there${because}: add it${example === undefined ? '' : `, like ${name}: ${yamlOf(example)}`}`
}

function noneOf(data: unknown, schema: Schema): string {
  const words = schema.enum ?? [String(schema.const)]
  const near = typeof data === 'string' ? nearest(data.toLowerCase(), words) : undefined
  return `${quoted(data)}is none of ${words.join(', ')}${near === undefined ? '' : `: did you mean ${near}?`}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
}

function wanted({ type = [] }: Schema): string {
  return [type]
    .flat()
    .map((one) => KINDS[one] ?? one)
    .join(' or ')
}

function nameOf(data: unknown): string {
  if (data === null) return 'empty'
  if (Array.isArray(data)) return 'a list'
  if (typeof data === 'number') return 'a number, and quotes make it text'
  return `not right as ${KINDS[typeof data] ?? typeof data}`
}

function mend({ examples = [], ...schema }: Schema): string {
  const [example = schema.default] = examples
  return example === undefined ? 'write something, or leave it out' : `write it like ${yamlOf(example)}`
}

/** A text that begins with a star would be an alias. */
function yamlOf(example: unknown): string {
  if (typeof example !== 'string') return JSON.stringify(example)
  return example.startsWith('*') ? `'${example}'` : example
}

/** Where the path of a secret should be, the secret itself may stand. */
function isSecret(path: Path): boolean {
  return String(path.at(-1)).endsWith('-file')
}

/** Part of a text for a message; nothing of an address that could hold a password. */
function quoted(data: unknown): string {
  if (typeof data !== 'string' || data.includes('@')) return ''
  return `"${data.length > 80 ? `${data.slice(0, 79)}…` : data}" `
}
