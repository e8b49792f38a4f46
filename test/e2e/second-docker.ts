/** A real Docker daemon beside the machine's own, that a test may kill; reached through a socket and by TLS. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { freePort } from '../free-port.ts'

// Never `--bridge none`: it takes docker0 away from every other daemon of the machine.
// Its own in each process: who ends first takes the bridge away.
const [BRIDGE, SUBNET] = [`lgtest${process.pid}`, `10.213.${process.pid % 256}.1/24`]
const quietly = { reject: false, stdio: 'ignore' } as const

const start = (command: string, args: readonly string[]) => execa(command, args, quietly)

export class SecondDocker implements AsyncDisposable {
  readonly #folder: string
  readonly #port: number
  #process: ReturnType<typeof start> | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  /** Starts one with these images of the machine's own. */
  static async start(images: readonly string[]): Promise<SecondDocker> {
    const second = new SecondDocker(await mkdtemp(join(tmpdir(), 'second-docker-')), await freePort())
    try {
      await second.#prepare(images)
      return second
    } catch (error) {
      await second[Symbol.asyncDispose]()
      throw error
    }
  }

  async #prepare(images: readonly string[]): Promise<void> {
    await certify(this.#path('server'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth', this.certPath)
    await execa('ip', ['link', 'add', BRIDGE, 'type', 'bridge'], quietly)
    await execa('ip', ['address', 'add', SUBNET, 'dev', BRIDGE], quietly)
    await execa('ip', ['link', 'set', BRIDGE, 'up'])
    await this.run()
    const archive = this.#path('images.tar')
    await execa('docker', ['save', '-o', archive, ...images])
    await this.docker('load', '-i', archive)
  }

  get host(): string {
    return `unix://${this.#path('docker.sock')}`
  }

  get tlsHost(): string {
    return `tcp://127.0.0.1:${this.#port}`
  }

  /** Certificates of a client that may ask. */
  get certPath(): string {
    return this.#path('client')
  }

  /** Certificates of an authority the daemon knows nothing of. */
  async strangerCertPath(): Promise<string> {
    await certify(this.#path('strange-server'), 'extendedKeyUsage=serverAuth', this.#path('stranger'))
    return this.#path('stranger')
  }

  async docker(...args: string[]): Promise<string> {
    return (await execa('docker', ['--host', this.host, ...args])).stdout
  }

  async run(): Promise<void> {
    const server = (name: string) => this.#path('server', `${name}.pem`)
    const options = {
      'data-root': this.#path('data'),
      'exec-root': this.#path('exec'),
      pidfile: this.#path('pid'),
      tlscacert: server('ca'),
      tlscert: server('cert'),
      tlskey: server('key'),
      bridge: BRIDGE,
      iptables: 'false',
      'ip-masq': 'false',
      'storage-driver': 'vfs',
      'containerd-namespace': BRIDGE,
      'containerd-plugins-namespace': `${BRIDGE}-plugins`,
    }
    const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`)
    this.#process = start('dockerd', ['--host', this.host, '--host', this.tlsHost, '--tlsverify', ...words])
    await vi.waitFor(() => this.docker('version'), { timeout: 60_000, interval: 50 })
  }

  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL')
    await this.#process
    this.#process = undefined
    // Its containerd dies with it, but a moment later; a daemon that is started meanwhile waits for that one in vain.
    await rm(this.#path('exec', 'containerd', 'containerd.pid'), { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== undefined) {
      const all = await execa('docker', ['--host', this.host, 'ps', '-aq'], { reject: false, lines: true })
      if (all.stdout.length > 0) await execa('docker', ['--host', this.host, 'rm', '-f', ...all.stdout], quietly)
      this.#process.kill('SIGTERM')
      await this.#process
    }
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
    for (const mount of mounts.filter((path) => path.startsWith(`${this.#folder}/`))) await execa('umount', [mount])
    await execa('ip', ['link', 'delete', BRIDGE], quietly)
    await rm(this.#folder, { recursive: true, force: true })
  }

  #path(...names: string[]): string {
    return join(this.#folder, ...names)
  }
}

/** An authority, the server it vouches for, and the one client it knows. */
async function certify(server: string, extensions: string, client: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout']
  for (const folder of [server, client]) await mkdir(folder)
  const [ca, caKey] = [join(server, 'ca.pem'), join(server, 'ca-key.pem')]
  await execa('openssl', ['req', '-x509', ...key, caKey, '-out', ca, '-subj', '/CN=authority', '-days', '1'])
  const sign = async (folder: string, words: string) => {
    const file = (name: string) => join(folder, name)
    await writeFile(file('extensions'), words)
    await execa('openssl', ['req', ...key, file('key.pem'), '-out', file('request.pem'), '-subj', '/CN=party'])
    const authority = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '1', '-extfile', file('extensions')]
    await execa('openssl', ['x509', '-req', '-in', file('request.pem'), ...authority, '-out', file('cert.pem')])
  }
  await sign(server, extensions)
  await sign(client, 'extendedKeyUsage=clientAuth')
  await copyFile(ca, join(client, 'ca.pem'))
}
