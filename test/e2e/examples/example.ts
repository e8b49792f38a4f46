/** The examples of deploy/examples, each started as it stands by `docker compose`, and people who use it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { freePort } from '../../free-port.ts'
import { Client, type Answer } from '../client.ts'
import { buildImage, IMAGE, ROOT } from '../image.ts'

/** One request takes seconds where two cores start containers; all of it has to be there within this time. */
const PATIENCE = { timeout: 60_000, interval: 200 }

export interface Besides {
  /** What this machine cannot have as it stands there, as a further compose file: a provider out there, its address. */
  readonly override?: (port: number) => unknown
}

type Compose = (args: readonly string[]) => Promise<string>

export class Example implements AsyncDisposable {
  /** Of the proxy, in every address. */
  readonly port: number
  readonly #project: string
  readonly #compose: Compose
  readonly #parts: AsyncDisposableStack

  private constructor(port: number, project: string, compose: Compose, parts: AsyncDisposableStack) {
    this.port = port
    this.#project = project
    this.#compose = compose
    this.#parts = parts
  }

  /** @param name of its folder */
  static async start(name: string, { override }: Besides = {}): Promise<Example> {
    await using parts = new AsyncDisposableStack()
    await buildImage()
    const port = await freePort()
    const files = ['-f', `deploy/examples/${name}/compose.yaml`]
    if (override !== undefined) {
      const folder = await mkdtemp(join(tmpdir(), 'labelgate-example-'))
      parts.defer(() => rm(folder, { recursive: true }))
      // JSON is YAML
      await writeFile(join(folder, 'override.yaml'), JSON.stringify(override(port)))
      files.push('-f', join(folder, 'override.yaml'))
    }
    // one name for each, so that what a broken run left behind is gone after the next
    const project = `labelgate-test-${name}`
    const compose = async (args: readonly string[]) => {
      const { all } = await execa('docker', ['compose', '-p', project, ...files, ...args], {
        cwd: ROOT,
        all: true,
        env: {
          LABELGATE_IMAGE: IMAGE,
          LABELGATE_HTTP_PORT: String(port),
          LABELGATE_PORTAL_URL: `http://auth.localhost:${port}`,
        },
      })
      return all
    }
    const down = async () => void (await compose(['down', '--volumes', '--remove-orphans', '--timeout', '5']))
    await down()
    parts.defer(down)
    await compose(['up', '-d']).catch(async (cause: unknown) => {
      throw new Error(await compose(['logs', '--no-color']), { cause })
    })
    return new Example(port, project, compose, parts.move())
  }

  /** `http://chat.localhost:<port>/…`. */
  url(target: string): string {
    const slash = target.indexOf('/')
    return `http://${target.slice(0, slash)}:${this.port}${target.slice(slash)}`
  }

  /** Resolves when nobody is let in at these addresses without signing in, and each leads to the portal's page. */
  async asksForSignIn(...targets: readonly string[]): Promise<void> {
    for (const target of targets)
      await this.answers(target, ({ url }) => url.startsWith(this.url('auth.localhost/login')))
  }

  /** Resolves with what an anonymous visitor gets, as soon as that is what is meant. */
  async answers(target: string, meant: (answer: Answer) => boolean): Promise<Answer> {
    let last: unknown
    const once = async () => {
      const answer = await new Client().open(this.url(target)).catch((error: unknown) => void (last = error))
      if (answer !== undefined) last = `${answer.url} ${answer.status} ${answer.body}`
      return answer !== undefined && meant(answer) ? answer : undefined
    }
    try {
      return await vi.waitUntil(once, PATIENCE)
    } catch (cause) {
      throw new Error(`${target}: ${String(last)}\n${await this.#compose(['logs', '--no-color'])}`, { cause })
    }
  }

  /** A command beside the server. */
  labelgate(...args: readonly string[]): Promise<string> {
    return this.#compose(['exec', '-T', 'labelgate', 'labelgate', ...args])
  }

  /** Starts one more app, a `traefik/whoami`, in its network. @param options of `docker run` */
  async run(name: string, ...options: readonly string[]): Promise<void> {
    const own = `${this.#project}-${name}`
    const labels = ['-l', `com.docker.compose.project=${this.#project}`]
    await execa('docker', [
      'run',
      '-d',
      '--name',
      own,
      '--network',
      `${this.#project}_default`,
      ...labels,
      ...options,
      'traefik/whoami',
    ])
    this.#parts.defer(async () => void (await execa('docker', ['rm', '-f', own])))
  }

  /** Makes a local account, and signs it in by the portal's form. @param options of `labelgate user add` */
  async signedIn(name: string, target: string, ...options: readonly string[]): Promise<Client> {
    const client = new Client()
    await this.signIn(client, target, name, await this.account(name, ...options))
    return client
  }

  /** @returns its password */
  async account(name: string, ...options: readonly string[]): Promise<string> {
    const said = await this.labelgate('user', 'add', name, '--generate', ...options)
    return /password: (\S+)/.exec(said)?.[1] ?? ''
  }

  async signIn(client: Client, target: string, username: string, password: string): Promise<Answer> {
    return client.submit(await client.open(this.url(target)), { username, password })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}
