/**
 * Labelgate's image and Traefik as deploy/compose.yaml puts them together, with TLS: Traefik has no Docker socket and
 * reads the file that labelgate writes. Apps are containers with labels, on the same network.
 */
import { execa } from 'execa'
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers'
import { freePort } from '../free-port.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { Client, type Headers } from './client.ts'
import { buildImage, IMAGE } from './image.ts'

/** Our containers bear it, so that what a broken run left behind is gone after the next. */
const MARK = 'test.labelgate'
const FOLDER = '/etc/traefik/dynamic'
const KEY = 'Vb7kQ2mXo9_tR4wLs6yHj1cN-eZ8uGf3aPd5iKxC0rM'
const ENTRY_POINT = ['--entryPoints.websecure.address=:443', '--entryPoints.websecure.http.aliasHeadersStrategy=delete']

/** How Traefik is run, where it is not as in deploy/compose.yaml. */
export interface TraefikOptions {
  /** It has the Docker socket and makes routes itself, of all containers of this deployment that say `traefik.enable`. */
  readonly docker?: boolean
  /** The same without the socket: it asks labelgate, the guard. */
  readonly guard?: boolean
  /** It asks labelgate over HTTP; there is no file of ours. */
  readonly http?: boolean
  /** Further options; those of entry points take the place of the usual ones. */
  readonly options?: readonly string[]
}

export interface AppOptions {
  readonly labels?: Headers
  /** Compose's names for it, `<project>/<service>`: its containers are one app. */
  readonly service?: string
}

export class Deployment implements AsyncDisposable {
  readonly labelgate: StartedTestContainer
  readonly certificate: Certificate
  /** Port of Traefik, in every address. */
  readonly port: number
  /** Its port for plain http, where it has an entry point `web`. */
  readonly plainPort: number
  readonly #network: StartedNetwork
  readonly #mark: string
  readonly #lines: string[]

  private constructor(parts: {
    labelgate: StartedTestContainer
    certificate: Certificate
    port: number
    plainPort: number
    network: StartedNetwork
    mark: string
    lines: string[]
  }) {
    this.labelgate = parts.labelgate
    this.certificate = parts.certificate
    this.port = parts.port
    this.plainPort = parts.plainPort
    this.#network = parts.network
    this.#mark = parts.mark
    this.#lines = parts.lines
  }

  /**
   * The portal is `auth.journey.test`; apps have any host of `*.journey.test` and `*.elsewhere.test`.
   * @param mark names what belongs to it
   */
  static async start(mark: string, environment: Headers = {}, traefik: TraefikOptions = {}): Promise<Deployment> {
    await buildImage()
    await clear(mark)
    try {
      return await Deployment.#start(mark, environment, traefik)
    } catch (error) {
      await clear(mark)
      throw error
    }
  }

  static async #start(mark: string, environment: Headers, traefik: TraefikOptions): Promise<Deployment> {
    const [port, plainPort] = [await freePort(), await freePort()]
    const certificate = await makeCertificate(['*.journey.test', '*.elsewhere.test'])
    const network = await new Network({ nextUuid: () => `${mark}-network` }).start()
    const lines: string[] = []
    const labelgate = await labelgateContainer(mark, network)
      .withEnvironment({
        LABELGATE_PORTAL_URL: `https://auth.journey.test:${port}`,
        ...told(traefik),
        ...environment,
      })
      // beside the file that labelgate owns, as an operator has further ones
      .withCopyContentToContainer([
        { content: tlsFile(certificate), target: `${FOLDER}/certificates.yml`, mode: 0o644 },
      ])
      .withLogConsumer((stream) => stream.on('data', (chunk) => void lines.push(String(chunk))))
      .start()
    await traefikContainer(mark, network, { port, plainPort, ...traefik }).start()
    return new Deployment({ labelgate, certificate, port, plainPort, network, mark, lines })
  }

  /** Starts a `traefik/whoami`, which answers with what it received, and echoes at the WebSocket `/echo`. */
  app(name: string, { labels = {}, service }: AppOptions = {}): Promise<StartedTestContainer> {
    const [project = '', part = ''] = service?.split('/') ?? []
    const compose = { 'com.docker.compose.project': project, 'com.docker.compose.service': part }
    return new GenericContainer('traefik/whoami')
      .withName(`${this.#mark}-${name}`)
      .withLabels({ [MARK]: this.#mark, ...labels, ...(service !== undefined && compose) })
      .withNetwork(this.#network)
      .start()
  }

  /** Address of a host here: `https://app.journey.test:<port>/…`. */
  url(target: string): string {
    const slash = target.indexOf('/')
    return `https://${target.slice(0, slash)}:${this.port}${target.slice(slash)}`
  }

  client(): Client {
    return new Client(this.certificate.certificate)
  }

  /** What labelgate logged so far. */
  get log(): string {
    return this.#lines.join('')
  }

  /** A command in a process of its own, beside the server. */
  async command(...args: string[]): Promise<string> {
    const { exitCode, output } = await this.labelgate.exec(['labelgate', ...args])
    if (exitCode !== 0) throw new Error(`labelgate ${args.join(' ')} ended with ${exitCode}: ${output}`)
    return output
  }

  /** Makes an account and gives its password. */
  async account(name: string, groups: string): Promise<string> {
    const said = await this.command('user', 'add', name, '--generate', '--groups', groups)
    return /password: (\S+)/.exec(said)?.[1] ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await clear(this.#mark)
  }
}

function told({ http, guard }: TraefikOptions): Record<string, string> {
  if (guard === true) return { LABELGATE_GUARD_LISTEN: '0.0.0.0:2375' }
  if (http === true) return { LABELGATE_TRAEFIK_HTTP: 'true', LABELGATE_PROXY_KEY: KEY }
  return { LABELGATE_TRAEFIK_FILE: `${FOLDER}/labelgate.yml` }
}

/** As in deploy/compose.yaml. Traefik, which starts after it, may read what `node` has written into the volume. */
function labelgateContainer(mark: string, network: StartedNetwork): GenericContainer {
  return new GenericContainer(IMAGE)
    .withName(`${mark}-labelgate`)
    .withLabels({ [MARK]: mark })
    .withNetwork(network)
    .withNetworkAliases('labelgate')
    .withUser('root')
    .withDroppedCapabilities('ALL')
    .withAddedCapabilities('SETUID', 'SETGID')
    .withSecurityOpt('no-new-privileges:true', 'label:disable')
    .withBindMounts([
      { source: '/var/run/docker.sock', target: '/var/run/docker.sock', mode: 'ro' },
      { source: `${mark}-routes`, target: FOLDER },
    ])
    .withWaitStrategy(Wait.forLogMessage(/following the Docker daemon/))
}

function traefikContainer(
  mark: string,
  network: StartedNetwork,
  { port, plainPort, docker, http, guard, options = ENTRY_POINT }: TraefikOptions & { port: number; plainPort: number },
): GenericContainer {
  const routes = { source: `${mark}-routes`, target: FOLDER, mode: 'ro' } as const
  const socket = { source: '/var/run/docker.sock', target: '/var/run/docker.sock', mode: 'ro' } as const
  return (
    new GenericContainer('traefik:v3.7')
      .withName(`${mark}-traefik`)
      .withLabels({ [MARK]: mark })
      .withNetwork(network)
      .withExposedPorts({ container: 443, host: port }, { container: 80, host: plainPort })
      // whose is the socket, and the group that may read what labelgate writes
      .withUser(docker === true ? '0:1000' : '1000:1000')
      .withBindMounts(docker === true ? [routes, socket] : [routes])
      .withCommand([
        `--providers.file.directory=${FOLDER}`,
        ...(guard === true ? ['--providers.docker.endpoint=tcp://labelgate:2375'] : []),
        ...(docker === true || guard === true
          ? [
              '--providers.docker.exposedByDefault=false',
              `--providers.docker.network=${mark}-network`,
              `--providers.docker.constraints=Label(\`${MARK}\`,\`${mark}\`)`,
            ]
          : []),
        ...(http === true
          ? [`--providers.http.endpoint=http://labelgate:4180/traefik/${KEY}`, '--providers.http.pollInterval=200ms']
          : []),
        '--providers.providersThrottleDuration=50ms',
        ...options,
        '--global.checkNewVersion=false',
        '--global.sendAnonymousUsage=false',
      ])
      // whatever it answers: this image need not have a shell, by which listening ports are found otherwise
      .withWaitStrategy(
        Wait.forHttp('/', 443)
          .usingTls()
          .allowInsecure()
          .forStatusCodeMatching(() => true),
      )
  )
}

function tlsFile({ certificate, key }: Certificate): string {
  // JSON is YAML; Traefik takes the text of a certificate in place of a file
  return JSON.stringify({
    tls: { stores: { default: { defaultCertificate: { certFile: certificate, keyFile: key } } } },
  })
}

/** Takes away what belongs to this mark, whoever left it. */
export async function clear(mark: string): Promise<void> {
  const { stdout } = await execa('docker', ['ps', '-aq', '--filter', `label=${MARK}=${mark}`], { lines: true })
  if (stdout.length > 0) await execa('docker', ['rm', '-f', '-v', ...stdout])
  await execa('docker', ['volume', 'rm', '-f', `${mark}-routes`])
  await execa('docker', ['network', 'rm', `${mark}-network`], { reject: false })
}
