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
  readonly #network: StartedNetwork
  readonly #mark: string
  readonly #lines: string[]

  private constructor(parts: {
    labelgate: StartedTestContainer
    certificate: Certificate
    port: number
    network: StartedNetwork
    mark: string
    lines: string[]
  }) {
    this.labelgate = parts.labelgate
    this.certificate = parts.certificate
    this.port = parts.port
    this.#network = parts.network
    this.#mark = parts.mark
    this.#lines = parts.lines
  }

  /**
   * The portal is `auth.journey.test`; apps have any host of `*.journey.test` and `*.elsewhere.test`.
   * @param mark names what belongs to it
   */
  static async start(mark: string, environment: Headers = {}): Promise<Deployment> {
    await buildImage()
    await clear(mark)
    try {
      return await Deployment.#start(mark, environment)
    } catch (error) {
      await clear(mark)
      throw error
    }
  }

  static async #start(mark: string, environment: Headers): Promise<Deployment> {
    const [port, certificate] = [await freePort(), await makeCertificate(['*.journey.test', '*.elsewhere.test'])]
    const network = await new Network({ nextUuid: () => `${mark}-network` }).start()
    const lines: string[] = []
    const labelgate = await labelgateContainer(mark, network)
      .withEnvironment({
        LABELGATE_PORTAL_URL: `https://auth.journey.test:${port}`,
        LABELGATE_TRAEFIK_FILE: `${FOLDER}/labelgate.yml`,
        ...environment,
      })
      // beside the file that labelgate owns, as an operator has further ones
      .withCopyContentToContainer([
        { content: tlsFile(certificate), target: `${FOLDER}/certificates.yml`, mode: 0o644 },
      ])
      .withLogConsumer((stream) => stream.on('data', (chunk) => void lines.push(String(chunk))))
      .start()
    await traefikContainer(mark, network, port).start()
    return new Deployment({ labelgate, certificate, port, network, mark, lines })
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

function traefikContainer(mark: string, network: StartedNetwork, port: number): GenericContainer {
  return (
    new GenericContainer('traefik:v3.7')
      .withName(`${mark}-traefik`)
      .withLabels({ [MARK]: mark })
      .withNetwork(network)
      .withExposedPorts({ container: 443, host: port })
      .withUser('1000:1000')
      .withBindMounts([{ source: `${mark}-routes`, target: FOLDER, mode: 'ro' }])
      .withCommand([
        `--providers.file.directory=${FOLDER}`,
        '--providers.providersThrottleDuration=50ms',
        '--entryPoints.websecure.address=:443',
        '--entryPoints.websecure.http.aliasHeadersStrategy=delete',
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
