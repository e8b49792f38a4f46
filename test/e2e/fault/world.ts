/** Traefik, and labelgate before it, with an account; the daemon is the test's. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type RunningTraefik, startTraefik } from '../../proxy/traefik.ts'
import { Labelgate } from './labelgate.ts'
import { Load } from './load.ts'
import { Visitor } from './visitor.ts'

const SOON = { timeout: 20_000, interval: 50 }
const ALICE = { name: 'alice', password: 'a-long-password-of-a-test' }

interface Parts {
  readonly folder: string
  readonly dockerHost: string
  readonly traefik: RunningTraefik
  readonly labelgate: Labelgate
}

export class World implements AsyncDisposable {
  readonly folder: string
  readonly traefik: RunningTraefik
  readonly labelgate: Labelgate
  readonly alice: Visitor
  readonly #dockerHost: string
  readonly #opened: AsyncDisposableStack

  private constructor(opened: AsyncDisposableStack, { folder, dockerHost, traefik, labelgate }: Parts) {
    this.#opened = opened
    this.folder = folder
    this.#dockerHost = dockerHost
    this.traefik = traefik
    this.labelgate = labelgate
    this.alice = new Visitor(traefik.web, ALICE)
  }

  /** Labelgate is not running yet. */
  static async open(dockerHost: string): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-fire-'))
    const [traefikFolder, dataFolder] = [join(folder, 'traefik'), join(folder, 'data')]
    for (const made of [traefikFolder, dataFolder, join(folder, 'rival')]) await mkdir(made)
    await using opened = new AsyncDisposableStack()
    opened.defer(() => rm(folder, { recursive: true, force: true }))
    const traefik = opened.use(await startTraefik(traefikFolder))
    const { web } = traefik
    const labelgate = opened.use(await Labelgate.in({ dockerHost, traefikFolder, dataFolder, web }))
    await labelgate.addAccount(ALICE.name, ALICE.password)
    return new World(opened.move(), { folder, dockerHost, traefik, labelgate })
  }

  /** Another labelgate that is given the same file by mistake; its ports and its data are its own. */
  rival(): Promise<Labelgate> {
    const { web } = this.traefik
    const [traefikFolder, dataFolder] = [join(this.folder, 'traefik'), join(this.folder, 'rival')]
    return Labelgate.in({ dockerHost: this.#dockerHost, traefikFolder, dataFolder, web })
  }

  /** A browser of somebody who guesses at a password. */
  guesser(): Visitor {
    return new Visitor(this.traefik.web, { ...ALICE, password: 'not-the-password-of-alice' })
  }

  /** Asks for these hosts without a session, until the block is left. */
  strangers(...hosts: string[]): Load {
    return new Load({ port: this.traefik.web, hosts: Object.fromEntries(hosts.map((host) => [host, {}])) })
  }

  /** The same as somebody who has signed in at each, as soon as each is there. */
  async members(...hosts: string[]): Promise<Load> {
    const signedIn: Record<string, { Cookie: string }> = {}
    for (const host of hosts) signedIn[host] = await vi.waitFor(() => this.alice.signIn(host), SOON)
    return new Load({ port: this.traefik.web, hosts: signedIn })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}
