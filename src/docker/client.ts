import type { IncomingMessage } from 'node:http'
import type Dockerode from 'dockerode'
import type { Container } from './container.ts'
import { Deadline } from './deadline.ts'
import { Client } from './dockerode.ts'
import { DockerError } from './docker-error.ts'
import { endpointOf } from './endpoint.ts'
import { EVENT_FILTERS, parseEvents, type Event } from './events.ts'
import { linesOf } from './lines.ts'
import { parseContainers } from './parse.ts'
import { rowsOf } from './rows.ts'
import { isNoManager, SERVICE_ID, Services } from './services.ts'

/** The little we ask of a Docker daemon: it is only ever read. */
export interface Docker {
  /** These containers and services, or all; one that is gone is not among them. Rejects with whatever went wrong. */
  list(ids: readonly string[] | undefined, signal?: AbortSignal): Promise<Container[]>
  /** What happens from now on: once this resolves, nothing that follows is missed while the stream lasts. */
  events(signal: AbortSignal): Promise<AsyncIterable<Event>>
  /** Resolves where a daemon answers. */
  ping(signal?: AbortSignal): Promise<void>
}

/** Answers of a daemon for whoever passes them on. Each call rejects with a DockerError where the daemon says no. */
export interface Relay {
  /** A list, row by row, of at most 64 MiB. */
  rows(path: string, query: object, signal?: AbortSignal): Promise<unknown[]>
  /** One JSON text of at most 4 MiB. */
  one(path: string, signal?: AbortSignal): Promise<unknown>
  /** The rows of Swarm's services; undefined where the daemon is no manager of a swarm. */
  services(signal?: AbortSignal): Promise<unknown[] | undefined>
  /** The lines of the stream of events; they end with the daemon's, or with the signal. */
  events(query: object, signal: AbortSignal): Promise<AsyncIterable<string>>
}

export interface Connection {
  /** `unix:///path` or `tcp://host:port`, as in DOCKER_HOST. */
  readonly host: string
  /** Folder with `ca.pem`, `cert.pem`, `key.pem`; switches TLS on. */
  readonly certPath?: string
  /** Milliseconds in which a call must be over, and a stream begin. Default 10,000. */
  readonly timeout?: number
}

// All of them: dockerode would gather the body of any other answer without bound before it gives it to us.
const EVERY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [100 + i, true]))
const LONGEST_COMPLAINT = 1024
const [LONGEST_LIST, LONGEST_ANSWER, LONGEST_EVENT] = [64 * 1024 * 1024, 4 * 1024 * 1024, 16 * 1024 * 1024]

/**
 * A daemon's address, ready to be asked; no connection is made before the first call.
 *
 * @throws Error where the address is of a kind that is not supported, or a certificate cannot be read
 */
export function connect({ host, certPath, timeout = 10_000 }: Connection): Docker {
  const daemon = new Client(endpointOf(host, certPath))
  const services = new Services((ids, limit) => serviceRows(daemon, only(ids), limit))
  return {
    async list(ids, signal) {
      using deadline = new Deadline(signal, timeout)
      const ofServices = ids?.filter((id) => SERVICE_ID.test(id))
      const ofContainers = ids?.filter((id) => !SERVICE_ID.test(id))
      return await within(deadline, async () => {
        const found = await Promise.all([
          isNothing(ofContainers) ? [] : containersOf(daemon, ofContainers, deadline.signal),
          isNothing(ofServices) ? [] : services.list(ofServices, deadline.signal),
        ])
        return found.flat()
      })
    },
    async events(signal) {
      const deadline = new Deadline(signal, timeout)
      try {
        const query = { filters: JSON.stringify(EVENT_FILTERS) }
        const stream = await within(deadline, () => get(daemon, '/events?', query, deadline.signal))
        deadline.met()
        stream.once('close', () => deadline[Symbol.dispose]())
        return parseEvents(stream)
      } catch (error) {
        deadline[Symbol.dispose]()
        throw error
      }
    },
    async ping(signal) {
      using deadline = new Deadline(signal, timeout)
      await within(deadline, async () => (await get(daemon, '/_ping?', {}, deadline.signal)).destroy())
    },
  }
}

/** An empty filter would be none: Docker would answer with everything. */
function isNothing(ids: readonly string[] | undefined): boolean {
  return ids?.length === 0
}

function only(ids: readonly string[] | undefined): object {
  return ids === undefined ? {} : { filters: JSON.stringify({ id: ids }) }
}

async function containersOf(daemon: Dockerode, ids: readonly string[] | undefined, signal: AbortSignal) {
  return parseContainers(await get(daemon, '/containers/json?', { all: true, ...only(ids) }, signal))
}

/** Undefined where the daemon is no manager of a swarm. */
async function serviceRows(daemon: Dockerode, query: object, signal: AbortSignal): Promise<unknown[] | undefined> {
  try {
    return await all(await get(daemon, '/services?', query, signal))
  } catch (error) {
    if (error instanceof DockerError && isNoManager(error.status, error.message)) return undefined
    throw error
  }
}

async function all(answer: IncomingMessage): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const row of rowsOf(answer, LONGEST_LIST)) rows.push(row)
  return rows
}

/**
 * The same daemon, asked on behalf of others.
 *
 * @throws Error as `connect` does
 */
export function relay({ host, certPath, timeout = 10_000 }: Connection): Relay {
  const daemon = new Client(endpointOf(host, certPath))
  return {
    async rows(path, query, signal) {
      using deadline = new Deadline(signal, timeout)
      return await within(deadline, async () => all(await get(daemon, `${path}?`, query, deadline.signal)))
    },
    async services(signal) {
      using deadline = new Deadline(signal, timeout)
      return await within(deadline, () => serviceRows(daemon, {}, deadline.signal))
    },
    async one(path, signal) {
      using deadline = new Deadline(signal, timeout)
      return await within(deadline, async () => jsonOf(await get(daemon, `${path}?`, {}, deadline.signal)))
    },
    async events(query, signal) {
      const deadline = new Deadline(signal, timeout)
      try {
        const stream = await within(deadline, () => get(daemon, '/events?', query, deadline.signal))
        deadline.met()
        stream.once('close', () => deadline[Symbol.dispose]())
        return linesOf(stream, LONGEST_EVENT)
      } catch (error) {
        deadline[Symbol.dispose]()
        throw error
      }
    },
  }
}

async function jsonOf(chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > LONGEST_ANSWER) throw new Error(`Docker's answer is longer than ${LONGEST_ANSWER} bytes`)
    pieces.push(chunk)
  }
  return JSON.parse(Buffer.concat(pieces).toString())
}

/** What the deadline says where it fell: `aborted` alone, which Node says then, tells nobody anything. */
async function within<T>(deadline: Deadline, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error
  }
}

/**
 * The answer, as a stream, so that we and not dockerode decide how much of it is read. This is why dockerode's own
 * `listContainers` is passed by: it gathers whatever comes, and takes truncated JSON for text.
 */
async function get(daemon: Dockerode, path: string, options: object, signal: AbortSignal): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = { path, method: 'GET', options, isStream: true, statusCodes: EVERY_STATUS, abortSignal: signal }
    // With `isStream` it is always the message itself.
    daemon.modem.dial(call, (error, answer) => (error === null ? resolve(answer as IncomingMessage) : reject(error)))
  })
  if (response.statusCode === 200) return response
  throw new DockerError(response.statusCode ?? 0, await complaint(response))
}

/** The beginning of what an error says; leaving the loop closes the connection. */
async function complaint(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > LONGEST_COMPLAINT) break
  }
  return JSON.stringify(text.slice(0, LONGEST_COMPLAINT).trim())
}
