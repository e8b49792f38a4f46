/**
 * A browser without its window: keeps cookies for each host, follows redirects, fills in forms. Every name is this
 * machine, and the port is the address's own.
 */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request as requestPlain } from 'node:http'
import { Agent as AgentTls, request as requestTls } from 'node:https'
import { WebSocket } from 'ws'

export type Headers = Readonly<Record<string, string>>

export interface Answer {
  /** What was asked for. */
  readonly url: string
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Headers
  readonly body?: string
}

/** What browsers say of an address that somebody types; of fetch metadata nothing without TLS (W3C, section 2). */
function navigation(url: string): Headers {
  const accept = { Accept: 'text/html,application/xhtml+xml' }
  return url.startsWith('https:') ? { ...accept, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' } : accept
}
const MOST_REDIRECTS = 10
/** Milliseconds a server has for the head of an answer. */
const PATIENCE = 3000

export class Client {
  /** Name to value, by host. */
  readonly cookies = new Map<string, Map<string, string>>()
  readonly #ca: string | undefined

  /** @param ca PEM of the certificate that is trusted besides the usual ones */
  constructor(ca?: string) {
    this.#ca = ca
  }

  /** One request, with the host's cookies; redirects are not followed. */
  async send(url: string, { method = 'GET', headers = {}, body = '' }: Sent = {}): Promise<Answer> {
    const { protocol, hostname, host, port } = new URL(url)
    const options = {
      host: '127.0.0.1',
      port,
      method,
      // as written: URL would tidy up what a test is about
      path: url.slice(url.indexOf(host) + host.length) || '/',
      headers: { Host: host, ...this.#cookieHeader(hostname), ...headers },
      agent: false as const,
      signal: AbortSignal.timeout(PATIENCE),
    }
    const sent =
      protocol === 'https:'
        ? requestTls({ ...options, servername: hostname, ...(this.#ca !== undefined && { ca: this.#ca }) })
        : requestPlain(options)
    const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    this.#keep(hostname, response.headers['set-cookie'] ?? [])
    return { url, status: response.statusCode ?? 0, headers: response.headers, body: text }
  }

  /** Opens an address as a person does, and goes where it leads. */
  async open(url: string, sent: Sent = {}): Promise<Answer> {
    let answer = await this.send(url, { ...sent, headers: { ...navigation(url), ...sent.headers } })
    for (let i = 0; i < MOST_REDIRECTS; i++) {
      const { location } = answer.headers
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer
      const next = absolute(location, answer.url)
      answer = await this.send(next, { headers: navigation(next) })
    }
    throw new Error(`${url} goes round in circles, at last to ${answer.url}`)
  }

  /** Fills in the form of a page and sends it off, what it carries hidden too. */
  async submit({ url, body }: Answer, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const action = /<form[^>]* action="([^"]*)"/.exec(body)?.[1]
    if (action === undefined) throw new Error(`no form at ${url}: ${body}`)
    const hidden = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    const form = new URLSearchParams(
      hidden.map(([, name = '', value = '']): [string, string] => [name, unescaped(value)]),
    )
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'null',
      ...(url.startsWith('https:') && { 'Sec-Fetch-Site': 'same-origin' }),
    }
    return this.open(absolute(unescaped(action), url), { method: 'POST', headers, body: form.toString() })
  }

  /** What a WebSocket answers to a word; rejects where it is not opened, with the status. */
  async say(url: string, word: string, headers: Headers = {}): Promise<string> {
    const { protocol, hostname, host, port, pathname } = new URL(url)
    const tls = { servername: hostname, ...(this.#ca !== undefined && { ca: this.#ca }) }
    const [scheme, agent] = protocol === 'https:' ? ['wss', new AgentTls(tls)] : ['ws', new Agent()]
    const socket = new WebSocket(`${scheme}://127.0.0.1:${port}${pathname}`, {
      headers: { Host: host, ...this.#cookieHeader(hostname), ...headers },
      agent,
    })
    try {
      await once(socket, 'open')
      socket.send(word)
      const [data] = (await once(socket, 'message')) as [Buffer]
      return data.toString()
    } finally {
      socket.terminate()
    }
  }

  #cookieHeader(hostname: string): Headers {
    const own = [...(this.cookies.get(hostname) ?? [])].map(([name, value]) => `${name}=${value}`)
    return own.length === 0 ? {} : { Cookie: own.join('; ') }
  }

  #keep(hostname: string, lines: readonly string[]): void {
    const own = this.cookies.get(hostname) ?? new Map<string, string>()
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      if (/; *max-age=0(;|$)/i.test(line)) own.delete(name)
      else own.set(name, value)
    }
    this.cookies.set(hostname, own)
  }
}

function absolute(location: string, base: string): string {
  return /^https?:/.test(location) ? location : new URL(location, base).href
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|quot|amp|lt|gt);/g, (entity, code?: string) =>
    code === undefined ? (ENTITIES[entity] ?? entity) : String.fromCodePoint(Number(code)),
  )
}
const ENTITIES: Readonly<Record<string, string>> = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' }
