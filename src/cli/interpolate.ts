/** Variables in the values of a compose file, as compose-go's `template` puts them in. */

export interface Interpolated {
  readonly text: string
  /** Variables that are not set and have no default: each counts as empty, as it does in compose. */
  readonly unset: readonly string[]
  /** What makes compose refuse the file; `text` is then without value. */
  readonly fault?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const PLAIN = /^[A-Za-z_]\w*/
const BRACED = /^([A-Za-z_]\w*)(?:(:?[-?+])([^]*))?$/
// Deeper than anybody nests defaults.
const MAX_DEPTH = 16

/** `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`, `${VAR:+instead}`; `$$` is a dollar sign, and so is one that begins none of these. */
export function interpolate(text: string, env: Environment): Interpolated {
  const unset: string[] = []
  const result = expand(text, { env, unset, depth: 0 })
  return 'fault' in result ? { text: '', unset, fault: result.fault } : { text: result.text, unset }
}

interface State {
  readonly env: Environment
  readonly unset: string[]
  readonly depth: number
}

type Expanded = { readonly text: string } | { readonly fault: string }

function expand(text: string, state: State): Expanded {
  if (state.depth > MAX_DEPTH) return { fault: 'nests variables too deeply' }
  let out = ''
  let rest = text
  for (;;) {
    const dollar = rest.indexOf('$')
    if (dollar < 0) return { text: out + rest }
    out += rest.slice(0, dollar)
    rest = rest.slice(dollar + 1)
    const [length, value] = variable(rest, state)
    if ('fault' in value) return value
    out += value.text
    rest = rest.slice(length)
  }
}

/** @param rest what follows the dollar sign */
function variable(rest: string, state: State): [length: number, Expanded] {
  if (rest.startsWith('$')) return [1, { text: '$' }]
  const [plain] = PLAIN.exec(rest) ?? []
  if (plain !== undefined) return [plain.length, { text: valueOf(plain, state) }]
  if (!rest.startsWith('{')) return [0, { text: '$' }]
  const end = closing(rest)
  const [, name, operator, operand = ''] = BRACED.exec(rest.slice(1, Math.max(1, end))) ?? []
  if (end < 0 || name === undefined)
    return [0, { fault: 'holds a ${ that begins no variable; a dollar sign is written $$' }]
  return [end + 1, braced(name, operator, operand, state)]
}

function braced(name: string, operator: string | undefined, operand: string, state: State): Expanded {
  if (operator === undefined) return { text: valueOf(name, state) }
  const value = own(state.env, name)
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  const inner = { ...state, depth: state.depth + 1 }
  if (operator.endsWith('+')) return isSet ? expand(operand, inner) : { text: '' }
  if (isSet) return { text: value ?? '' }
  if (operator.endsWith('-')) return expand(operand, inner)
  return { fault: `needs the variable ${name}${operand === '' ? '' : `: ${operand}`}` }
}

/** Index of the bracket that closes the first one, or -1. */
function closing(text: string): number {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '{') depth++
    if (character === '}' && --depth === 0) return index
  }
  return -1
}

function valueOf(name: string, { env, unset }: State): string {
  const value = own(env, name)
  if (value === undefined) unset.push(name)
  return value ?? ''
}

function own(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}
