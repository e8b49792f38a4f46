import { inFamily } from '../../syntax/header-family.ts'
import type { App } from '../../table/table.ts'
import type { Asked } from './address.ts'
import { headerValues } from './authorization.ts'
import type { DoorAsked } from './door-address.ts'
import type { Answer, Pass, QuestionDeps, Refusal } from './question.ts'
import { badRequest } from './refusal.ts'
import { json, type Reply } from './reply.ts'
import { upstreamLines } from './upstream-lines.ts'

/**
 * By it a proxy with a configuration of ours says which headers it takes from what clients send and passes on from our
 * answers (`labelgate render`). Who wrote their own configuration says nothing, and looks after that themselves.
 */
export const COVERED = 'x-labelgate-headers'
const BODY = 'X-Labelgate-Body'

type Ask = (asked: Asked, lines: readonly string[]) => Answer | Promise<Answer>

export interface DoorDeps {
  readonly ask: Ask
  /** The same, and nobody is told: the question was counted already. */
  readonly askQuietly: Ask
  readonly tokenHeader: QuestionDeps['credentials']['tokenHeader']
  /** Proxies that cannot take out what begins alike pass it on to us. */
  readonly reservedHeaders: NonNullable<QuestionDeps['reservedHeaders']>
  /** Told once for each app and header that the proxy's configuration does not know. */
  fault(error: unknown): void
}

/** Answers proxies that have one configuration for ever: with the yes comes where the app is. */
export function doors(
  deps: DoorDeps,
): (asked: Asked | DoorAsked, lines: readonly string[]) => Answer | Promise<Answer> {
  const told = new Set<string>()
  const notCovered = (app: App, name: string): void => {
    if (told.has(`${app.spec.id} ${name}`)) return
    told.add(`${app.spec.id} ${name}`)
    deps.fault(
      new Error(`the configuration of the proxy is older than the header ${name} of ${app.spec.id}: render it again`),
    )
  }
  return (asked, rawLines) => {
    const door = 'door' in asked ? asked.door : 'nginx'
    const lines = 'door' in asked ? asked.lines : rawLines
    const finish = (answer: Answer): Answer => {
      if (!('pass' in answer)) return refused(answer, door)
      const kept = new Set(credentialNames(deps.tokenHeader()))
      const failed = covers(answer, lines, { kept, reserved: deps.reservedHeaders(), notCovered })
      if (failed !== undefined) return refused({ reply: failed, close: answer.close }, door)
      if (door === 'refusal') return refused(AGAIN, door)
      answer.pass.push(...upstreamLines(answer.app))
      if (door === 'envoy') answer.pass.push(...toRemove(answer, deps.tokenHeader()))
      return answer
    }
    const answer = (door === 'refusal' ? deps.askQuietly : deps.ask)(asked, lines)
    return answer instanceof Promise ? answer.then(finish) : finish(answer)
  }
}

/** A yes that is no app's has nowhere to go. And nginx passes on less than there is to say. */
function refused(answer: Refusal, door: DoorAsked['door'] | 'nginx'): Refusal {
  const reply = answer.reply.status < 300 ? AGAIN.reply : answer.reply
  return door === 'nginx'
    ? { ...answer, reply: { ...reply, lines: [...reply.lines, 'X-Labelgate-Status', String(reply.status)] } }
    : { ...answer, reply }
}

const SOON = ['Retry-After', '2']
/** Refused a moment ago, and no longer: to be asked anew. */
const AGAIN: Refusal = { reply: json(503, { error: 'not-ready', reason: 'changed' }, SOON), close: false }

interface Cover {
  /** What could have been a credential of ours, lower case: the app gets it from our answer alone. */
  readonly kept: ReadonlySet<string>
  readonly reserved: readonly string[]
  readonly notCovered: (app: App, name: string) => void
}

/** What keeps a yes from being one: an app that does not run, or a header that the proxy would let through. */
function covers(
  { app, pass }: Pass,
  lines: readonly string[],
  { kept, reserved, notCovered }: Cover,
): Reply | undefined {
  const said = headerValues(lines, COVERED)
  if (said.length === 0) return undefined
  if (said.length > 1) return badRequest()
  if (app.upstreams.length === 0) return json(503, { error: 'not-ready', reason: 'not-running' }, SOON)
  const covered = setOf(said[0] as string)
  const own = app.spec.headers.find(({ name }) => !covered.has(name.toLowerCase()))?.name ?? unsaid(app, lines)
  if (own !== undefined) {
    notCovered(app, own)
    return json(503, { error: 'not-ready', reason: 'proxy-outdated' }, SOON)
  }
  const brings = bringsUncovered(pass, lines, { covered, kept }) || bringsReserved(lines, reserved, covered)
  return brings ? badRequest() : undefined
}

/** It was written before proxies were to say how long bodies are, and this app has a limit. */
function unsaid({ spec }: App, lines: readonly string[]): string | undefined {
  return spec.route.bodyLimit !== undefined && headerValues(lines, BODY.toLowerCase()).length === 0 ? BODY : undefined
}

function credentialNames(tokenHeader: string | undefined): string[] {
  return ['cookie', 'authorization', ...(tokenHeader === undefined ? [] : [tokenHeader])]
}

/** A header of some other app, which this one may trust too: the proxy would not take it out. */
function bringsUncovered(
  pass: readonly string[],
  lines: readonly string[],
  { covered, kept }: Readonly<Record<'covered' | 'kept', ReadonlySet<string>>>,
): boolean {
  const uncovered = new Set<string>()
  for (let i = 0; i < pass.length; i += 2) {
    const name = (pass[i] as string).toLowerCase()
    if (!covered.has(name) && !kept.has(name)) uncovered.add(name)
  }
  if (uncovered.size === 0) return false
  for (let i = 0; i < lines.length; i += 2) {
    if (uncovered.has((lines[i] as string).toLowerCase().replaceAll(/[^a-z0-9]/g, '-'))) return true
  }
  return false
}

/** One that begins as none of a client's may, and that the proxy would not take out either. */
function bringsReserved(lines: readonly string[], reserved: readonly string[], covered: ReadonlySet<string>): boolean {
  if (reserved.length === 0) return false
  return lines.some((name, i) => i % 2 === 0 && inFamily(name, reserved) && !covered.has(name.toLowerCase()))
}

// A proxy says the same each time.
let latest = { text: '', names: new Set<string>() as ReadonlySet<string> }

function setOf(text: string): ReadonlySet<string> {
  if (latest.text !== text) {
    latest = { text, names: new Set(text.split(',').map((name) => name.trim().toLowerCase())) }
  }
  return latest.names
}

/** Envoy keeps what the client sent of each header that our answer does not name. */
function toRemove({ pass }: Pass, tokenHeader: string | undefined): string[] {
  const said = new Set(pass.flatMap((name, i) => (i % 2 === 0 ? [name.toLowerCase()] : [])))
  const gone = credentialNames(tokenHeader).filter((name) => !said.has(name))
  return gone.length === 0 ? [] : ['X-Envoy-Auth-Headers-To-Remove', gone.join(',')]
}
