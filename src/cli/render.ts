import { printable } from '../config/reader.ts'
import type { Settings } from '../config/settings.ts'
import type { DoorOptions } from '../proxy/door/options.ts'
import { identityHeaders } from '../proxy/traefik/headers.ts'
import { loadKeys } from '../store/keys.ts'
import { nearest } from '../syntax/nearest.ts'
import { unreachable } from './accounts.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { tableNow } from './look.ts'
import { settingsOf } from './settings.ts'
import type { Terminal } from './terminal.ts'

export interface RenderOptions {
  readonly listen?: string
  readonly cert?: string
  readonly key?: string
  /** Further headers of apps that are not there yet. */
  readonly header: readonly string[]
  /** nginx: a part for a configuration of one's own. */
  readonly include?: string
  /** HAProxy: the program instead of the configuration. */
  readonly lua?: true
  readonly luaPath: string
}

type Render = (options: DoorOptions, words: RenderOptions) => Promise<string>

const PROXIES: Readonly<Record<string, Render>> = {
  async nginx(options, { include }) {
    const nginx = await import('../proxy/nginx/render.ts')
    if (include === undefined) return nginx.renderNginx(options)
    const parts: Record<string, (options: DoorOptions) => string> = {
      http: nginx.renderNginxHttp,
      server: nginx.renderNginxServer,
      location: nginx.renderNginxLocation,
    }
    const part = Object.hasOwn(parts, include) ? parts[include] : undefined
    return part?.(options) ?? usage(`--include: "${printable(include)}" is no part: write http, server or location`)
  },
  caddy: async (options) => (await import('../proxy/caddy/render.ts')).renderCaddy(options),
  envoy: async (options) => (await import('../proxy/envoy/render.ts')).renderEnvoy(options),
  async haproxy(options, { lua, luaPath, cert }) {
    if (lua === true) return (await import('../proxy/haproxy/lua.ts')).renderHaproxyLua(options)
    return (await import('../proxy/haproxy/render.ts')).renderHaproxy({ ...options, lua: luaPath, pem: cert })
  },
}

/** `labelgate render <proxy>`: its whole configuration, which stays as it is whatever containers come and go. */
export async function renderProxy(terminal: Terminal, proxy: string, words: RenderOptions): Promise<ExitCode> {
  const render = Object.hasOwn(PROXIES, proxy) ? PROXIES[proxy] : undefined
  if (render === undefined) return usage(unknownProxy(proxy))
  if (words.include !== undefined && proxy !== 'nginx') return usage('--include is for nginx alone')
  if (words.lua === true && proxy !== 'haproxy') return usage('--lua is for haproxy alone')
  const settings = settingsOf(terminal.env)
  const options = {
    internalUrl: settings.internalUrl,
    proxyKey: await keyOf(settings),
    portal: settings.portal,
    identityHeaders: await headersOf(terminal, settings, words.header),
    tokenHeader: settings.file.tokens.header,
    reservedHeaders: settings.operator.reservedHeaders,
    listen: listenOf(words.listen, settings),
    tls: words.include === undefined && words.lua === undefined ? tlsOf(proxy, words, settings) : undefined,
  }
  try {
    terminal.out((await render(options, words)).trimEnd())
  } catch (error) {
    if (error instanceof CommandError || !(error instanceof Error)) throw error
    return usage(error.message)
  }
  return EXIT.ok
}

function usage(why: string): never {
  throw new CommandError(EXIT.usage, why)
}

function unknownProxy(proxy: string): string {
  const names = Object.keys(PROXIES)
  const near = proxy === 'traefik' ? undefined : nearest(proxy, names)
  const mend = near === undefined ? `write one of ${names.join(', ')}` : `did you mean ${near}?`
  const traefik = proxy === 'traefik' ? ': its file is written by the service itself (LABELGATE_TRAEFIK_FILE)' : ''
  return `there is nothing to render for ${printable(proxy.slice(0, 80))}${traefik === '' ? `: ${mend}` : traefik}`
}

/** The service's own: what is rendered with another one opens nothing. */
async function keyOf({ proxyKey, store, dataDir }: Settings): Promise<string> {
  if (proxyKey !== undefined) return proxyKey
  if (store === 'memory') return usage('LABELGATE_PROXY_KEY is not set, and LABELGATE_STORE=memory keeps none: set it')
  return (await loadKeys(dataDir).catch((error: unknown) => unreachable(error))).proxyKey
}

/** Those of the apps that are there now, the operator's, and those that are named: one that is missing lets nobody in. */
async function headersOf(terminal: Terminal, settings: Settings, more: readonly string[]): Promise<string[]> {
  const wrong = more.find((name) => !/^[a-z][a-z0-9-]*$/i.test(name))
  if (wrong !== undefined) return usage(`--header: "${printable(wrong)}" is no name: use letters, digits and dashes`)
  const canonical = more.map((name) => name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase()))
  const nobody = { apps: new Map(), hosts: new Map(), wildcards: new Map(), contested: new Set<string>(), problems: [] }
  const table = await tableNow(terminal).then(
    (now) => now.table,
    (error: unknown) => {
      terminal.err(`labelgate: ${error instanceof Error ? error.message : String(error)}`)
      terminal.err('labelgate: so headers that labels name are not in it; name them by --header')
      return nobody
    },
  )
  return [...new Set([...identityHeaders(table, settings.operator.defaultHeaders), ...canonical])].toSorted()
}

function listenOf(text: string | undefined, { portal }: Settings): DoorOptions['listen'] {
  if (text === undefined) return { host: '0.0.0.0', port: portal.secure ? 443 : 80 }
  const [, host, port = ''] = /^(?:([\d.]+|\[[\da-f:]+\]):)?(\d{1,5})$/i.exec(text) ?? []
  const number = Number(port)
  if (!(number > 0 && number < 65_536))
    return usage(`--listen: "${printable(text)}" is no address: write 443 or 127.0.0.1:443`)
  return { host: host?.replace(/^\[|\]$/g, '') ?? '0.0.0.0', port: number }
}

function tlsOf(proxy: string, { cert, key }: RenderOptions, { portal }: Settings): DoorOptions['tls'] {
  const together = proxy === 'haproxy'
  if (!portal.secure)
    return cert === undefined && key === undefined
      ? undefined
      : usage('the portal is plain http: leave --cert and --key out')
  if (cert === undefined || (key === undefined && !together))
    return usage(
      together
        ? 'the portal is https: name the file of certificate and key by --cert'
        : 'the portal is https: name the files by --cert and --key, as the proxy reads them',
    )
  return { certificate: cert, key: key ?? cert }
}
