/** The few shapes of which the schema of the operator's file is made. */

/** JSON Schema, draft 7, as much of it as is used here. `patternErrorMessage` is what editors show for it, too. */
export interface Schema {
  readonly $schema?: string
  readonly $id?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly pattern?: string
  readonly patternErrorMessage?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly propertyNames?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
  readonly required?: readonly string[]
  readonly if?: Schema
  readonly then?: Schema
  readonly else?: Schema
}

type More = Omit<Schema, 'description' | 'type'>

/** One line of text. */
export function text(description: string, more: More = {}): Schema {
  return { type: 'string', description, minLength: 1, maxLength: 1024, ...more }
}

/** Items with commas between them, as in a label, or a list of YAML. */
export function list(description: string, more: More = {}): Schema {
  const items: Schema = { type: 'string', minLength: 1, maxLength: 1024 }
  return {
    type: ['string', 'array'],
    description,
    minLength: 1,
    maxLength: 4096,
    minItems: 1,
    maxItems: 64,
    items,
    ...more,
  }
}

export function flag(description: string, fallback?: boolean): Schema {
  return { type: 'boolean', description, ...(fallback !== undefined && { default: fallback }) }
}

export function duration(description: string, fallback: string): Schema {
  const patternErrorMessage = 'is not a duration: write a number and s, m, h or d, like 5m'
  return { type: 'string', description, pattern: '^\\d{1,9}[smhd]$', patternErrorMessage, default: fallback }
}

/** The path of a file that is read with the configuration, and watched like it. */
export function file(description: string, more: More = {}): Schema {
  return {
    type: 'string',
    description,
    minLength: 1,
    maxLength: 1024,
    pattern: '^/',
    patternErrorMessage: 'is no absolute path: write the path of a file, like /run/secrets/name',
    ...more,
  }
}

export function words(description: string, allowed: readonly string[], fallback?: string): Schema {
  return { type: 'string', description, enum: allowed, ...(fallback !== undefined && { default: fallback }) }
}

/** Keys of ours alone. */
export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    description,
    additionalProperties: false,
    properties,
    ...(required.length > 0 && { required }),
  }
}

/** Names of the operator's, each with one of these. */
export function named(description: string, each: Schema): Schema {
  const patternErrorMessage = 'cannot be a name: use a-z, 0-9 and dashes, at most 63 of them'
  const pattern = '^[a-z0-9][a-z0-9-]{0,62}$'
  return {
    type: 'object',
    description,
    maxProperties: 256,
    propertyNames: { type: 'string', pattern, patternErrorMessage },
    additionalProperties: each,
  }
}
