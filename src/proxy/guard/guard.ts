import { setImmediate } from 'node:timers/promises'
import type { Problem } from '../../labels/problem.ts'
import type { Version } from '../../syntax/version.ts'
import { guarded, overview, reread, withheld, type GuardContext, type Overview } from './labels.ts'
import type { Seen, Verdict } from './labels.ts'
import { withPortal } from './portal.ts'
import { reachOf, type Row, seenIn, seenOf, sharedNetwork } from './rows.ts'
import { answerSwarm, besideService, isService, NoManagerError, serviceOf, serviceRows, trimService } from './swarm.ts'
import type { SwarmCall, SwarmDaemon } from './swarm.ts'
import { trimContainer, trimRow } from './trim.ts'

/** What the guard asks of a Docker daemon: it is only ever read. */
export type Daemon = SwarmDaemon

/** Who asks. */
export interface Asker {
  readonly address: string
  /** Of Traefik, as it says itself. */
  readonly version?: Version
}

export interface GuardOptions {
  readonly daemon: Daemon
  /** What holds now, for a Traefik of this version. */
  readonly context: (version?: Version) => GuardContext
  /** Is there a table? Until then nothing is told: Traefik keeps what it has, and asks again. Default: yes. */
  readonly ready?: () => boolean
  /** Does the table know what this container's labels say? Until it does, Traefik is not shown it. */
  readonly settled: (id: string) => boolean
  /** Port of the portal in the container that is labelgate itself. */
  readonly port: number
  /** Told what each list comes to. */
  readonly found: (problems: readonly Problem[]) => void
}

/** What one list was answered by; the looks at single containers that follow are, too. */
interface View {
  readonly asker: Asker
  readonly overview: Overview
  readonly context: GuardContext
  /** On which the asker reaches labelgate. */
  readonly network: string | undefined
  /** Verdicts and addresses by id, and everything else by which another answer would differ. */
  readonly signature: string
}

/** There is no table yet. */
export class NotReadyError extends Error {
  readonly status = 503
}

const NOBODY: Asker = { address: '' }
const MOST_VIEWS = 16
/** Containers after which others get their turn: some milliseconds. */
const BATCH = 100

/**
 * The containers as Traefik is shown them. Traefik lists all, then looks at each: what it is told of one app has to be
 * the same throughout, as it drops what replicas say differently. Each Traefik has its own view, for they do not list
 * together.
 */
export class Guard {
  readonly #options: GuardOptions
  /** By address, the one that listed last at the end. */
  readonly #views = new Map<string, View>()
  #last: Overview | undefined

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** @param all those that do not run too. Rejects where the daemon cannot be asked, or there is no table yet. */
  async list(all: boolean, asker = NOBODY): Promise<object[]> {
    const rows = await this.#rows()
    const { view, problems, labels } = await this.#judge(rows, asker)
    this.#keep(view)
    this.#options.found(problems)
    const containers = rows.filter((row) => !isService(row))
    const shown = all ? containers : containers.filter((row) => RUNNING.has(String(row['State'])))
    return shown.map((row) => trimRow(row, labels.get(row) ?? {}))
  }

  /** Rejects where the daemon cannot be asked, or knows no such container. */
  async inspect(id: string, asker = NOBODY): Promise<object> {
    const view = this.#views.get(asker.address) ?? (await this.#look(asker))
    const container = (await this.#options.daemon.one(`/containers/${id}/json`)) as Row
    const shown = container['Id'] === view.context.self ? healthless(container) : container
    return trimContainer(shown, this.#judged(seenOf(container), view).labels)
  }

  /** What Traefik's Swarm provider asks. Rejects as `list` does, and where the daemon is no manager of a swarm. */
  async swarm(call: SwarmCall, asker = NOBODY): Promise<object> {
    if (call.kind !== 'services') return await answerSwarm(call, this.#options.daemon)
    const rows = await this.#rows(true)
    const { problems, labels } = await this.#judge(rows, asker)
    this.#options.found(problems)
    return rows.filter(isService).map((row) => trimService(row, labels.get(row) ?? {}))
  }

  /** Would any Traefik be told something else if it listed again? False where none ever did. */
  async isStale(): Promise<boolean> {
    if (this.#views.size === 0) return false
    const rows = await this.#rows()
    for (const { asker, signature } of this.#views.values()) {
      if ((await this.#judge(rows, asker)).view.signature !== signature) return true
    }
    return false
  }

  /** It hears no more events, so it will list again before it needs anything. */
  forget(address: string): void {
    this.#views.delete(address)
  }

  async #look(asker: Asker): Promise<View> {
    const { view } = await this.#judge(await this.#rows(), asker)
    this.#keep(view)
    return view
  }

  #keep(view: View): void {
    const { address } = view.asker
    this.#views.delete(address)
    this.#views.set(address, view)
    const [oldest] = this.#views.keys()
    if (this.#views.size > MOST_VIEWS && oldest !== undefined) this.#views.delete(oldest)
  }

  /** Of containers, and of services after them. @param managing rejects where the daemon manages no swarm */
  async #rows(managing = false): Promise<readonly Row[]> {
    const { daemon, ready } = this.#options
    if (ready?.() === false) throw new NotReadyError('there is no table of apps yet')
    const [containers, services] = await Promise.all([
      daemon.rows('/containers/json', { all: true }) as Promise<Row[]>,
      serviceRows(daemon),
    ])
    if (managing && services === undefined) throw new NoManagerError()
    return [...containers, ...(services ?? [])]
  }

  async #judge(rows: readonly Row[], asker: Asker) {
    const context = this.#options.context(asker.version)
    const network = sharedNetwork(rows, context.self, asker.address)
    // where labelgate is a service itself, that is judged as the container is
    const own = rows.find((row) => row['Id'] === context.self)
    const ownService = own && serviceOf(seenIn(own).labels)
    const all = rows.map((row) => {
      const seen = seenIn(row)
      const named = context.self !== undefined && seen.id === ownService ? { ...seen, id: context.self } : seen
      return this.#own(named, { context, network })
    })
    const seen = await this.#overview(all, context)
    const problems: Problem[] = []
    const verdicts: string[] = []
    const labels = new Map<Row, Seen['labels']>()
    for (const [at, one] of all.entries()) {
      const found = this.#judged(one, { context, network, overview: seen })
      problems.push(...found.problems)
      const row = rows[at]
      verdicts.push(`${one.id} ${found.verdict} ${row === undefined ? '' : reachOf(row)}`)
      if (row !== undefined) labels.set(row, found.labels)
      if (at % BATCH === BATCH - 1) await setImmediate()
    }
    const { self, proxyKey, identityHeaders, tokenHeader, maxResponseBody } = context
    const surroundings = [self, proxyKey, tokenHeader, maxResponseBody, network, ...identityHeaders, ...seen.headers]
    const signature = [...surroundings, ...verdicts.toSorted()].join('\n')
    return { view: { asker, overview: seen, context, network, signature } satisfies View, problems, labels }
  }

  /** Labels of thousands of containers take a while to read, so others get their turn in between. */
  async #overview(all: readonly Seen[], context: GuardContext): Promise<Overview> {
    let known = reread([], context, this.#last)
    const fresh = all.filter(({ id }) => !known.views.has(id))
    for (let at = 0; at < fresh.length; at += BATCH) {
      known = reread(fresh.slice(at, at + BATCH), context, known)
      await setImmediate()
    }
    return (this.#last = overview(all, context, known))
  }

  /** What is not in the table yet is in a moment, and then Traefik is told to look again. */
  #judged(seen: Seen, { overview, context, network }: Pick<View, 'overview' | 'context' | 'network'>) {
    const { labels, verdict, problems } = guarded(this.#own(seen, { context, network }), overview, context)
    const late = verdict === 'protected' && !this.#options.settled(seen.id)
    const beside = verdict === 'as-is' && seen.id !== context.self ? besideService(seen, overview) : undefined
    return late || beside !== undefined
      ? { labels: withheld(seen.labels), verdict: 'withheld' satisfies Verdict, problems: beside ?? problems }
      : { labels, verdict, problems }
  }

  #own(seen: Seen, { context, network }: Pick<View, 'context' | 'network'>): Seen {
    if (seen.id !== context.self) return seen
    return { ...seen, labels: withPortal(seen.labels, context, this.#options.port, network) }
  }
}

const RUNNING: ReadonlySet<string> = new Set(['running', 'paused', 'restarting'])

/**
 * Traefik gives no route to a container whose health check has not passed yet. Ours passes some time after the portal
 * answers; that it answers is certain here.
 */
function healthless(container: Row): Row {
  const { Health: _, ...state } = (container['State'] ?? {}) as Row
  return { ...container, State: state }
}
