/** A browser, as far as sign-in needs one: cookies by host, redirects, and a form. Everything goes through Traefik. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

interface Page {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

export class Visitor {
  readonly #port: number
  readonly #name: string
  readonly #password: string
  readonly #jars = new Map<string, Map<string, string>>()

  /** @param port of Traefik */
  constructor(port: number, { name, password }: { name: string; password: string }) {
    this.#port = port
    this.#name = name
    this.#password = password
  }

  /** Signs in where that is asked for, and gives the header by which this host knows us from then on. */
  async signIn(host: string): Promise<{ Cookie: string }> {
    let url = new URL(`http://${host}:${this.#port}/`)
    for (let hops = 0; hops < 10; hops++) {
      const page = await this.#load(url)
      if (page.location !== undefined) url = new URL(page.location, url)
      else if (url.pathname === '/login') url = new URL(await this.#fill(url, page), url)
      else if (page.status === 200) return { Cookie: this.#cookies(host) }
      else throw new Error(`${url.href} answered ${page.status}`)
    }
    throw new Error(`${host} leads round in circles`)
  }

  async #fill(url: URL, { body }: Page): Promise<string> {
    const hidden = body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
    const fields = Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, unescaped(value)]))
    const form = new URLSearchParams({ ...fields, username: this.#name, password: this.#password })
    const { status, location } = await this.#load(new URL('/login', url), form.toString())
    if (location === undefined) throw new Error(`the sign-in form answered ${status}`)
    return location
  }

  async #load({ hostname, port, pathname, search }: URL, form?: string): Promise<Page> {
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      path: pathname + search,
      method: form === undefined ? 'GET' : 'POST',
      agent: false,
      headers: {
        Host: `${hostname}:${port}`,
        Accept: 'text/html',
        Cookie: this.#cookies(hostname),
        ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      },
    })
    const [response] = (await once(sent.end(form), 'response')) as [IncomingMessage]
    for (const line of response.headers['set-cookie'] ?? []) this.#keep(hostname, line)
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    return { status: response.statusCode ?? 0, location: response.headers.location, body }
  }

  #cookies(host: string): string {
    return [...(this.#jars.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #keep(host: string, line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    this.#jars.set(host, (this.#jars.get(host) ?? new Map<string, string>()).set(name, value))
  }
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
