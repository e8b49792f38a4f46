/** GitHub for as much as a sign-in asks of it (docs.github.com/rest: users, emails, orgs, teams). */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = readonly [status: number, body: unknown]

export interface FakeGithub extends Disposable {
  readonly origin: string
  /** What it answers instead of what is good, by path. */
  readonly answers: Map<string, Answer | ((query: URLSearchParams) => Answer)>
  readonly asked: {
    readonly path: string
    readonly authorization: string | undefined
    readonly body: URLSearchParams
  }[]
}

const GOOD: Readonly<Record<string, Answer>> = {
  '/user': [200, { login: 'Octocat', id: 583_231, name: 'The Octocat', email: 'public@example.com' }],
  '/user/emails': [
    200,
    [
      { email: 'second@example.com', primary: false, verified: true },
      { email: 'Octocat@example.com', primary: true, verified: true },
    ],
  ],
  '/user/orgs': [200, [{ login: 'acme' }]],
  '/user/teams': [200, [{ slug: 'admins', organization: { login: 'acme' } }]],
}

export async function startGithub(): Promise<FakeGithub> {
  const [answers, asked]: [FakeGithub['answers'], FakeGithub['asked']] = [new Map(), []]
  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [path = '', query] = (req.url ?? '').split('?')
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    asked.push({ path, authorization: req.headers.authorization, body })
    const answer = answers.get(path) ?? GOOD[path] ?? [200, { access_token: 'gho_token', token_type: 'bearer' }]
    const [status, value] = typeof answer === 'function' ? answer(new URLSearchParams(query)) : answer
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  const server = createServer((req, res) => void serve(req, res))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    answers,
    asked,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What its sign-in page does with somebody who agrees. Gives the address the browser is sent back to. */
export function approve(address: string): string {
  const { searchParams: query } = new URL(address)
  const back = new URL(query.get('redirect_uri') ?? '')
  back.search = new URLSearchParams({ code: 'the-code', state: query.get('state') ?? '' }).toString()
  return back.href
}
