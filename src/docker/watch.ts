import { setTimeout } from 'node:timers/promises'
import { Backoff } from './backoff.ts'
import type { Docker } from './client.ts'
import type { Containers } from './container.ts'
import type { Event } from './events.ts'
import { Hearsay } from './hearsay.ts'
import { Known } from './known.ts'
import { Looks, type Look } from './looks.ts'

/** What runs, and what of it is new. */
export interface Sight {
  /** One view for all sights, brought up to date in place when the next sight is asked for. */
  readonly containers: Containers
  /** Ids that came, went or changed since the last sight; none where a list confirmed what was known. First `all`. */
  readonly changed: ReadonlySet<string> | 'all'
  /** Epoch ms at which the last complete list was asked for. */
  readonly syncedAt: number
}

/** `following`: events are heard, and everything was listed. `lost`: neither, for this reason, until `wait` ms from now. */
export type WatchNote =
  | { readonly kind: 'following' }
  | { readonly kind: 'lost'; readonly error: unknown; readonly wait: number }

/** Resolves after so many milliseconds, or when the signal falls; never rejects. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

export interface WatchOptions {
  /** Ends the watch: the iteration returns. */
  readonly signal: AbortSignal
  readonly log?: (note: WatchNote) => void
  /** Epoch ms. Default `Date.now`. */
  readonly now?: () => number
  readonly pause?: Pause
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /** Milliseconds between two lists of everything. Default 30,000. */
  readonly relist?: number
  /** Milliseconds of a round, after the first and the fourth of which is looked again. Default 400: within 2 s of the event. */
  readonly echo?: number
}

type Daemon = Pick<Docker, 'list' | 'events'>
type Settled = Required<Omit<WatchOptions, 'log'>> & { readonly log: (note: WatchNote) => void }

/**
 * Follows a daemon for ever. Events say where to look again, and what is true is what a list says; that a container has
 * ended, or which labels a new one has, is believed before (hearsay.ts). Nothing is given
 * before the first complete list, and nothing while the daemon is away: what was seen last stays. Whatever goes wrong,
 * the stream is opened anew after a while, and everything is listed again.
 */
export async function* watch(docker: Daemon, options: WatchOptions): AsyncGenerator<Sight, void, void> {
  const settled = withDefaults(options)
  const { signal, log, pause, random } = settled
  const backoff = new Backoff(random)
  const state = { known: new Known(), syncedAt: undefined }
  while (!signal.aborted) {
    try {
      yield* follow(docker, state, backoff, settled)
    } catch (error) {
      if (signal.aborted) return
      const wait = backoff.next()
      log({ kind: 'lost', error, wait })
      await pause(wait, signal)
    }
  }
}

interface State {
  readonly known: Known
  syncedAt: number | undefined
}

/** One stream of events, from its opening until it ends, which is always an error. */
async function* follow(
  docker: Daemon,
  state: State,
  backoff: Backoff,
  options: Settled,
): AsyncGenerator<Sight, void, void> {
  const looks = new Looks()
  const hearsay = new Hearsay(state.known, options.now)
  const session = new AbortController()
  const end = () => {
    looks.end(options.signal.reason)
    session.abort(options.signal.reason)
  }
  options.signal.addEventListener('abort', end, { once: true })
  try {
    // Before anything is listed, so that nothing falls between.
    void listen(await docker.events(session.signal), looks, hearsay)
    const repeat = repeater(options.pause, session.signal)
    void repeat(options.echo, () => looks.echo())
    void repeat(options.relist, () => looks.relist())
    for (let first = true; ; first = false) {
      const look = await looks.next()
      const asked = options.now()
      const listing = docker.list(look.ids && [...look.ids], session.signal)
      yield* heard(listing, state, hearsay)
      const seen = hearsay.correct(look.ids, await listing)
      const sight = see(state, look, asked, new Set([...state.known.replace(look.ids, seen), ...hearsay.take()]))
      if (first) options.log({ kind: 'following' })
      if (look.due) backoff.reset()
      if (sight === undefined) continue
      yield sight
      if (look.due) complain(looks, sight)
    }
  } finally {
    options.signal.removeEventListener('abort', end)
    session.abort()
  }
}

/** What events alone say, until the list is there: a daemon that is slow to answer holds up nothing that shuts. */
async function* heard(listing: Promise<unknown>, { known, syncedAt }: State, hearsay: Hearsay): AsyncGenerator<Sight> {
  const listed = listing.then(
    () => true,
    () => true,
  )
  if (syncedAt === undefined) return
  while (!(await Promise.race([listed, hearsay.news().then(() => false)]))) {
    yield { containers: known.containers, changed: hearsay.take(), syncedAt }
  }
}

/** Undefined where a look at single containers brought nothing new. */
function see(state: State, { ids }: Look, asked: number, changed: ReadonlySet<string>): Sight | undefined {
  const first = state.syncedAt === undefined
  if (ids === undefined) state.syncedAt = asked
  else if (changed.size === 0) return undefined
  return { containers: state.known.containers, changed: first ? 'all' : changed, syncedAt: state.syncedAt ?? asked }
}

async function listen(events: AsyncIterable<Event>, looks: Looks, hearsay: Hearsay): Promise<void> {
  try {
    for await (const event of events) {
      hearsay.hear(event)
      looks.tell(event.container)
    }
    looks.end(new Error('the stream of events ended'))
  } catch (error) {
    looks.end(error)
  }
}

/**
 * A stream whose other end is gone without a word looks like a quiet one. That the list knows of a change which no
 * event announced is the only sign. One that is still under way gives a false alarm, which costs a list.
 */
function complain(looks: Looks, { changed }: Sight): void {
  const missed = changed === 'all' ? [] : looks.unheard(changed)
  if (missed.length > 0) throw new Error(`the stream of events said nothing of ${missed.length} changed containers`)
}

function repeater(pause: Pause, signal: AbortSignal) {
  return async (ms: number, run: () => void): Promise<void> => {
    for (;;) {
      await pause(ms, signal)
      if (signal.aborted) return
      run()
    }
  }
}

function withDefaults({ log = () => undefined, ...given }: WatchOptions): Settled {
  return { now: Date.now, pause: wallPause, random: Math.random, relist: 30_000, echo: 400, ...given, log }
}

const wallPause: Pause = async (ms, signal) => {
  // Falls silent on abort: that it is over is all anybody needs to know.
  await setTimeout(ms, undefined, { signal }).catch(() => undefined)
}
