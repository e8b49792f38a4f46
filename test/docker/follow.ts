import { getEventListeners } from 'node:events'
import { expect } from 'vitest'
import { connect } from '../../src/docker/client.ts'
import { watch, type Pause, type Sight, type WatchNote } from '../../src/docker/watch.ts'
import type { FakeDocker } from './fake-docker.ts'

/** A clock that a test turns by hand. */
export class HandClock {
  #now = 1_800_000_000_000
  readonly #waiting = new Set<{ readonly at: number; readonly ms: number; readonly end: () => void }>()

  readonly now = (): number => this.#now

  readonly pause: Pause = (ms, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = () => {
      this.#waiting.delete(waiting)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const waiting = { at: this.#now + ms, ms, end }
    this.#waiting.add(waiting)
    signal.addEventListener('abort', end)
    return promise
  }

  /** The lengths of the pauses that somebody sits out now. */
  get pauses(): readonly number[] {
    return [...this.#waiting].map(({ ms }) => ms)
  }

  turn(ms: number): void {
    this.#now += ms
    for (const { at, end } of this.#waiting) if (at <= this.#now) end()
  }
}

export const [RELIST, ECHO] = [30_000, 400]
/** For `expect.poll`: looks often, and has patience with a busy machine. */
export const POLL = { interval: 1, timeout: 4000 }

/** A watch of the fake daemon, under a clock of the test's own. Leaving the test's block ends it. */
export class Follow implements AsyncDisposable {
  readonly clock = new HandClock()
  readonly notes: WatchNote[] = []
  readonly #stop = new AbortController()
  readonly #sights: AsyncGenerator<Sight, void>

  constructor(fake: FakeDocker, timeout?: number) {
    this.#sights = watch(connect({ host: fake.host, ...(timeout !== undefined && { timeout }) }), {
      signal: this.#stop.signal,
      log: (note) => this.notes.push(note),
      now: this.clock.now,
      pause: this.clock.pause,
      random: () => 0,
    })
  }

  /** The next sight, however long it takes; it is asked for at once. */
  async sight(): Promise<Sight> {
    const next = await this.#sights.next()
    return next.value ?? expect.fail('the watch has ended')
  }

  /** The iteration itself, for tests of how it ends. */
  get sights(): AsyncGenerator<Sight, void> {
    return this.#sights
  }

  /** Waits until it was lost so often, and gives the reasons; the watch sits out its back-off then. */
  async lost(times: number): Promise<readonly string[]> {
    await expect.poll(() => this.losses.length, POLL).toBe(times)
    return this.losses.map(({ error }) => (error instanceof Error ? error.message : String(error)))
  }

  get losses(): readonly Extract<WatchNote, { kind: 'lost' }>[] {
    return this.notes.filter((note) => note.kind === 'lost')
  }

  /** Sits out the present back-off. */
  comeBack(): void {
    this.clock.turn(this.losses.at(-1)?.wait ?? 0)
  }

  /** Who waits for it to be stopped. */
  get stopListeners(): number {
    return getEventListeners(this.#stop.signal, 'abort').length
  }

  stop(): void {
    this.#stop.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#sights.next()
  }
}
