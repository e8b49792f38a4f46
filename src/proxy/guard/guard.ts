import type { Problem } from '../../labels/problem.ts'
import { guarded, overview, withheld, type GuardContext, type Overview, type Seen, type Verdict } from './labels.ts'
import { withPortal } from './portal.ts'
import { trimContainer, trimRow } from './trim.ts'

/** What the guard asks of a Docker daemon: it is only ever read. */
export interface Daemon {
  rows(path: string, query: object): Promise<unknown[]>
  one(path: string): Promise<unknown>
}

export interface GuardOptions {
  readonly daemon: Daemon
  /** What holds now. */
  readonly context: () => GuardContext
  /** Does the table know what this container's labels say? Until it does, Traefik is not shown it. */
  readonly settled: (id: string) => boolean
  /** Port of the portal in the container that is labelgate itself. */
  readonly port: number
  /** Told what each list comes to. */
  readonly found: (problems: readonly Problem[]) => void
}

type Row = Readonly<Record<string, unknown>>

/** What one list of Traefik's was answered by; the looks at single containers that follow are, too. */
interface View {
  readonly overview: Overview
  readonly context: GuardContext
  /** Verdicts by id, and everything else by which another answer would differ. */
  readonly signature: string
}

/**
 * The containers as Traefik is shown them. Traefik lists all, then looks at each: what it is told of one app has to be
 * the same throughout, as it drops what replicas say differently.
 */
export class Guard {
  readonly #options: GuardOptions
  #view: View | undefined

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** @param all those that do not run too. Rejects where the daemon cannot be asked. */
  async list(all: boolean): Promise<object[]> {
    const rows = await this.#rows()
    const { view, problems } = this.#judge(rows)
    this.#view = view
    this.#options.found(problems)
    const shown = all ? rows : rows.filter((row) => RUNNING.has(String(row['State'])))
    return shown.map((row) => trimRow(row, this.#labels(seenIn(row), view)))
  }

  /** Rejects where the daemon cannot be asked, or knows no such container. */
  async inspect(id: string): Promise<object> {
    const view = this.#view ?? this.#judge(await this.#rows()).view
    const container = (await this.#options.daemon.one(`/containers/${id}/json`)) as Row
    const labels = (container['Config'] as Row | undefined)?.['Labels'] ?? {}
    const seen = { id: String(container['Id']), name: nameOf(container['Name']), labels: labels as Seen['labels'] }
    return trimContainer(container, this.#labels(seen, view))
  }

  /** Would Traefik be told something else if it listed again? False where it never did. */
  async isStale(): Promise<boolean> {
    const { view } = this.#judge(await this.#rows())
    return this.#view !== undefined && this.#view.signature !== view.signature
  }

  async #rows(): Promise<readonly Row[]> {
    return (await this.#options.daemon.rows('/containers/json', { all: true })) as Row[]
  }

  #judge(rows: readonly Row[]): { view: View; problems: readonly Problem[] } {
    const context = this.#options.context()
    const all = rows.map((row) => this.#own(seenIn(row), context))
    const seen = overview(all, context, this.#view?.overview)
    const judged = all.map((one) => ({ one, guarded: guarded(one, seen, context) }))
    const verdicts = judged.map(({ one, guarded }) => `${one.id} ${this.#verdict(one, guarded.verdict)}`).toSorted()
    const { self, proxyKey, identityHeaders, tokenHeader, maxResponseBody } = context
    const surroundings = [self, proxyKey, tokenHeader, maxResponseBody, ...identityHeaders, ...seen.headers]
    return {
      view: { overview: seen, context, signature: [...surroundings, ...verdicts].join('\n') },
      problems: judged.flatMap(({ guarded }) => guarded.problems),
    }
  }

  #labels(seen: Seen, { overview, context }: View): Seen['labels'] {
    const { labels, verdict } = guarded(this.#own(seen, context), overview, context)
    return this.#verdict(seen, verdict) === 'withheld' ? withheld(seen.labels) : labels
  }

  /** A moment later the table knows it, and Traefik is told to look again. */
  #verdict({ id }: Seen, verdict: Verdict): Verdict {
    return verdict === 'protected' && !this.#options.settled(id) ? 'withheld' : verdict
  }

  #own(seen: Seen, context: GuardContext): Seen {
    if (seen.id !== context.self) return seen
    return { ...seen, labels: withPortal(seen.labels, context, this.#options.port) }
  }
}

const RUNNING: ReadonlySet<string> = new Set(['running', 'paused', 'restarting'])

function seenIn(row: Row): Seen {
  const names = (row['Names'] ?? []) as readonly unknown[]
  const own = names.find((name) => typeof name === 'string' && !name.slice(1).includes('/'))
  return {
    id: String(row['Id']),
    name: nameOf(own ?? names[0] ?? String(row['Id']).slice(0, 12)),
    labels: (row['Labels'] ?? {}) as Seen['labels'],
  }
}

function nameOf(name: unknown): string {
  return String(name).replace(/^\//, '')
}
