import type { IncomingMessage, ServerResponse } from 'node:http'
import { inNetworks, type Networks } from '../../syntax/networks.ts'
import { readAddress, type Asked } from './address.ts'
import { readDoor } from './door-address.ts'
import { doors } from './doors.ts'
import { Outbox } from './outbox.ts'
import { questioner, type Answer, type QuestionDeps } from './question.ts'
import { json, send } from './reply.ts'

export interface ForwardDeps extends QuestionDeps {
  readonly proxyKey: string
  readonly trustedProxies: Networks
  readonly observer: ForwardObserver
}

/** Told of every answer. Must be quick, and must not throw. */
export type ForwardObserver = QuestionDeps['observer'] & {
  /** Asked without the key, by a peer that is no trusted proxy. */
  stranger(peer: string | undefined): void
  failed(error: unknown): void
}

export type ForwardHandler = (req: IncomingMessage, res: ServerResponse) => void

/** `flush` writes what is answered and waits for the end of the turn of the event loop. */
export type ForwardAuth = ForwardHandler & { readonly flush?: () => void }

/** Answers a proxy's question over HTTP. Whatever goes wrong inside, the answer is a refusal. */
export function forwardAuth(deps: ForwardDeps): ForwardAuth {
  const ask = questioner(deps)
  const askDoor = doors({
    ask,
    askQuietly: questioner({ ...deps, observer: { decided: () => undefined } }),
    tokenHeader: () => deps.credentials.tokenHeader(),
    reservedHeaders: deps.reservedHeaders ?? (() => []),
    fault: (error) => deps.observer.failed(error),
  })
  const outbox = new Outbox<Due>(({ res, asked, answer }) => write(deps, res, asked, answer))
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    const asked = readAddress(req.url ?? '', deps.proxyKey) ?? readDoor(req, deps.proxyKey)
    try {
      if (asked === undefined || !(asked.keyed || inNetworks(deps.trustedProxies, req.socket.remoteAddress ?? ''))) {
        deps.observer.stranger(req.socket.remoteAddress)
        return send(
          res,
          asked?.dialect ?? 'forward',
          json(403, { error: 'forbidden', reason: 'not-a-known-proxy' }),
          true,
        )
      }
      const isDoor = asked.dialect === 'nginx' || 'door' in asked
      const answer = (isDoor ? askDoor : ask)(asked, req.rawHeaders)
      if (answer instanceof Promise) void answerLater(deps, res, asked, answer)
      else outbox.put({ res, asked, answer })
    } catch (error) {
      fail(deps, res, asked, error)
    }
  }
  return Object.assign(handler, { flush: () => outbox.flush() })
}

async function answerLater(
  deps: ForwardDeps,
  res: ServerResponse,
  asked: Asked,
  later: Promise<Answer>,
): Promise<void> {
  try {
    write(deps, res, asked, await later)
  } catch (error) {
    fail(deps, res, asked, error)
  }
}

interface Due {
  readonly res: ServerResponse
  readonly asked: Asked
  readonly answer: Answer
}

function write(deps: ForwardDeps, res: ServerResponse, asked: Asked, answer: Answer): void {
  try {
    if (!('pass' in answer)) return send(res, asked.dialect, answer.reply, answer.close)
    const lines = answer.pass
    if (answer.keep === undefined) lines.push('Cache-Control', 'no-store', 'Content-Length', '0')
    else lines.push(...answer.keep, 'Content-Length', '0')
    if (answer.close) lines.push('Connection', 'close')
    res.writeHead(200, lines)
    res.end()
  } catch (error) {
    fail(deps, res, asked, error)
  }
}

/** 503, and where not even that can be said, no answer: a proxy takes either for a no. */
function fail(deps: ForwardDeps, res: ServerResponse, asked: Asked | undefined, error: unknown): void {
  try {
    deps.observer.failed(error)
    if (!res.headersSent)
      return send(res, asked?.dialect ?? 'forward', json(503, { error: 'not-ready', reason: 'internal' }), true)
  } catch {
    // ends below
  }
  res.destroy()
}
