/** What the table of keys (keys.ts) is made of. */
import type { Networks } from '../syntax/networks.ts'
import type { Operator } from './operator.ts'
import type { Parsed } from './parsed.ts'
import type { CredentialKind, HeaderSpec, Method, Policy, PublicPattern, Requirement, Route, Subject } from './spec.ts'

/** What each key's value is once it is read. */
export interface Values {
  readonly enable: boolean
  readonly host: readonly string[]
  readonly path: string
  readonly methods: readonly Method[]
  readonly allow: readonly Subject[]
  readonly deny: readonly Subject[]
  readonly require: readonly Requirement[]
  readonly public: readonly PublicPattern[]
  readonly 'public-from': Networks
  readonly policy: Policy
  readonly accept: readonly CredentialKind[]
  readonly login: readonly string[]
  readonly bearer: readonly string[]
  readonly headers: HeaderSpec
  readonly 'header-preset': readonly HeaderSpec[]
  readonly assertion: boolean
  readonly 'upstream-basic': string
  readonly port: number
  readonly scheme: Route['scheme']
  readonly network: string
  readonly 'body-limit': number
  readonly entrypoints: readonly string[]
  readonly tls: boolean
  readonly certresolver: string
  readonly middlewares: readonly string[]
  readonly title: string
  readonly icon: string
  readonly description: string
  readonly hidden: boolean
}
export type KeyName = keyof Values

/** Where a key may stand: once for the container, in an app, in a rule of an app. */
export type Scope = 'container' | 'app' | 'rule'

export interface Key<T> {
  readonly scopes: readonly Scope[]
  /** Heading of the reference under which it stands. */
  readonly group: 'What is protected' | 'Who may' | 'What the app receives' | 'The route' | 'The card on the portal'
  /** @param parameter what follows the key: the `<Name>` of `headers.<Name>`, lower case; else empty */
  readonly parse: (text: string, operator: Operator, parameter: string) => Parsed<T>
  /** What stands for the parameter, where there is one. */
  readonly parameter?: string
  readonly default: string
  readonly sentence: string
  /** A value that is good, with what `EXAMPLE_OPERATOR` of the tests allows. */
  readonly example: string
  /** Words people write instead: for the did-you-mean only. */
  readonly also?: readonly string[]
}
