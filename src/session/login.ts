import { hash, randomBytes } from 'node:crypto'
import type { Store } from '../store/store.ts'
import { loginCookies } from './cookie.ts'
import type { Payload, Seal } from './seal.ts'

const PURPOSE = 'login'
/** How long somebody may take at the provider. */
export const LOGIN_LIFE = 600_000
/** Kept for longer than it is good, so that one that came late still knows where its person wanted to go. */
const SEALED_FOR = 3_600_000
/** Sign-ins a browser may have under way: tabs, and what other sites make it begin (threats D-25, E-24). */
export const LOGINS_AT_ONCE = 3
const STATE = /^([0-9a-z]{14})\.[\w-]{43}$/

/** A sign-in that was begun with a provider, as the browser carries it. */
export interface Login {
  readonly provider: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Return URL and hash of the nonce on the app's host, as the form gave them; judged again on return. */
  readonly rd?: string
  readonly n?: string
  /** What the app demands (http/need.ts). */
  readonly need?: string
}

export type Opened =
  | { readonly kind: 'ok'; readonly login: Login; readonly cookie: string }
  /** There is none, it is none of ours, or too old; `login`: where that much can be told. */
  | { readonly kind: 'lost'; readonly login?: Login; readonly cookie?: string }

/** Names and values of what `start` has to set and to take away. */
export interface Begun {
  readonly cookie: { readonly id: string; readonly value: string }
  readonly dropped: readonly string[]
}

/**
 * Sign-ins under way, each sealed in a cookie of its own: any replica finishes what another began, in the browser that
 * began it, once (threats E-02, E-03, E-19, E-20). Nothing of it is ever read from the address (threat C-20).
 */
export class Logins {
  readonly #seal: Seal
  readonly #store: Pick<Store, 'once'>

  constructor(seal: Seal, store: Pick<Store, 'once'>) {
    this.#seal = seal
    this.#store = store
  }

  /** For `begin`: 256 random bits behind the id of its cookie, which tells the time, so that the oldest can go. */
  newState(now: number): string {
    const id = Math.floor(now).toString(36).padStart(9, '0').slice(-9) + randomBytes(5).toString('hex').slice(0, 5)
    return `${id}.${randomBytes(32).toString('base64url')}`
  }

  async start(
    login: Login,
    { cookies, secure }: { cookies: string | undefined; secure: boolean },
    now: number,
  ): Promise<Begun> {
    const value = await this.#seal.seal(PURPOSE, { ...login, until: now + LOGIN_LIFE }, now + SEALED_FOR)
    const before = [...loginCookies(cookies, secure).keys()].toSorted()
    return {
      cookie: { id: idOf(login.state) ?? '', value },
      dropped: before.slice(0, Math.max(0, before.length - LOGINS_AT_ONCE + 1)),
    }
  }

  /** What the browser began under this state. Uses nothing up. */
  async open(
    state: string,
    { cookies, secure }: { cookies: string | undefined; secure: boolean },
    now: number,
  ): Promise<Opened> {
    const id = idOf(state)
    const text = id === undefined ? undefined : loginCookies(cookies, secure).get(id)
    if (id === undefined || text === undefined) return { kind: 'lost' }
    const payload = await this.#seal.open(PURPOSE, text, now)
    const login = payload === undefined ? undefined : readLogin(payload)
    if (login === undefined || login.state !== state) return { kind: 'lost', cookie: id }
    const good = now < Number(payload?.['until'])
    return { kind: good ? 'ok' : 'lost', login, cookie: id }
  }

  /** True the first time: before the provider is asked for anything. */
  spend({ state }: Login, now: number): Promise<boolean> {
    return this.#store.once(`login ${hash('sha256', state, 'base64url')}`, now + SEALED_FOR)
  }
}

function idOf(state: string): string | undefined {
  return STATE.exec(state)?.[1]
}

function readLogin(payload: Payload): Login | undefined {
  const { provider, state, nonce, verifier, rd, n, need } = payload
  if (![provider, state, nonce, verifier].every((text) => typeof text === 'string')) return undefined
  const carried = Object.entries({ rd, n, need }).filter(([, text]) => typeof text === 'string')
  return { provider, state, nonce, verifier, ...Object.fromEntries(carried) } as Login
}
