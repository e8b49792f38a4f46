/**
 * Traefik's v3 rules for routers: Go expressions cut down to calls with string literals, `&&`, `||`, `!` and
 * parentheses (vulcand/predicate over go/parser; pkg/rules/parser.go, pkg/muxer/http/matcher.go of v3.7).
 */
import { fault, type Fault } from './parsed.ts'
import { type Token, tokens } from './traefik-tokens.ts'

export type RouterRule =
  | { readonly kind: 'or' | 'and'; readonly left: RouterRule; readonly right: RouterRule }
  | { readonly kind: 'not'; readonly of: RouterRule }
  | { readonly kind: 'match'; readonly matcher: Matcher; readonly args: readonly string[] }

/** Each matcher and how many arguments it takes. */
const ARITY = {
  Host: [1, 1],
  HostRegexp: [1, 1],
  Path: [1, 1],
  PathPrefix: [1, 1],
  PathRegexp: [1, 1],
  Method: [1, 1],
  Header: [2, 2],
  HeaderRegexp: [2, 2],
  Query: [1, 2],
  QueryRegexp: [1, 2],
  ClientIP: [1, 1],
} as const satisfies Readonly<Record<string, readonly [number, number]>>
export type Matcher = keyof typeof ARITY

// Exactly, lower, UPPER and Title case are taken, `hOst` is not.
const MATCHERS: ReadonlyMap<string, Matcher> = new Map(
  (Object.keys(ARITY) as Matcher[]).flatMap((matcher) => {
    const lower = matcher.toLowerCase()
    return [matcher, lower, matcher.toUpperCase(), matcher.slice(0, 1) + lower.slice(1)].map((name) => [name, matcher])
  }),
)

const MAX_RULE = 4096
// Deeper than any rule a person writes; keeps the recursion off the end of the stack.
const MAX_DEPTH = 32

/** @returns a fault for whatever Traefik would refuse too, and for what is too long or too deep to be sure of */
export function parseRouterRule(text: string): RouterRule | Fault {
  if (text.length > MAX_RULE) return fault(`is longer than ${MAX_RULE} characters`)
  const read = tokens(text)
  return 'reason' in read ? read : new Parser(read).rule()
}

export function isFault(value: object): value is Fault {
  return 'reason' in value
}

/** Recursive descent; `||` binds loosest, then `&&`, then `!`. Left to right, as Go does. */
class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  rule(): RouterRule | Fault {
    const rule = this.#chain('or')
    if (isFault(rule)) return rule
    this.#take(';')
    const left = this.#peek()
    return left === undefined ? rule : unexpected(left)
  }

  #chain(kind: 'or' | 'and'): RouterRule | Fault {
    let left = kind === 'or' ? this.#chain('and') : this.#unary()
    while (!isFault(left) && this.#take(kind === 'or' ? '||' : '&&')) {
      const right = kind === 'or' ? this.#chain('and') : this.#unary()
      if (isFault(right)) return right
      left = { kind, left, right }
    }
    return left
  }

  #unary(): RouterRule | Fault {
    if (++this.#depth > MAX_DEPTH) return fault('is nested too deeply')
    const rule = this.#operand()
    this.#depth--
    return rule
  }

  #operand(): RouterRule | Fault {
    if (this.#take('!')) {
      const of = this.#unary()
      return isFault(of) ? of : { kind: 'not', of }
    }
    if (!this.#take('(')) return this.#call()
    const inner = this.#chain('or')
    if (isFault(inner) || this.#take(')')) return inner
    return unexpected(this.#peek())
  }

  #call(): RouterRule | Fault {
    const name = this.#peek()
    if (name?.kind !== 'name') return unexpected(name)
    const matcher = MATCHERS.get(name.text)
    if (matcher === undefined) return fault(`names ${name.text}, which is no matcher of Traefik's`)
    this.#next++
    if (!this.#take('(')) return unexpected(this.#peek())
    const args: string[] = []
    do {
      const arg = this.#peek()
      if (arg?.kind !== 'string') return unexpected(arg)
      if (arg.text === '') return fault(`gives ${matcher} an empty text`)
      args.push(arg.text)
      this.#next++
      // Go allows a comma after the last
    } while (this.#take(',') && this.#peek()?.kind !== ')')
    if (!this.#take(')')) return unexpected(this.#peek())
    const [least, most] = ARITY[matcher]
    if (args.length < least || args.length > most)
      return fault(`gives ${matcher} ${args.length} texts`, arityMend(matcher))
    return { kind: 'match', matcher, args }
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #take(kind: Token['kind']): boolean {
    if (this.#peek()?.kind !== kind) return false
    this.#next++
    return true
  }
}

function arityMend(matcher: Matcher): string | undefined {
  return ARITY[matcher][1] === 1 ? `write ${matcher}(\`a\`) || ${matcher}(\`b\`), as Traefik 3 does` : undefined
}

function unexpected(token: Token | undefined): Fault {
  return fault(
    token === undefined
      ? 'ends too early'
      : `holds ${token.text === '' ? token.kind : token.text} where it cannot stand`,
  )
}
