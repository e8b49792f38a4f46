import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type ConnectionOptions,
  type SecureContext,
} from 'node:tls'
import { Client } from 'ldapts'

/** RFC 4511 section 4.14.1. */
const START_TLS = '1.3.6.1.4.1.1466.20037'
const PORTS: Readonly<Record<string, number>> = { 'ldap:': 389, 'ldaps:': 636 }

export interface DialOptions {
  readonly startTls: boolean
  /** From `trusting`; undefined: what Node trusts. */
  readonly secureContext?: SecureContext | undefined
  /** Milliseconds until the connection must be there, TLS and all. */
  readonly timeout: number
}

/**
 * A connection on which LDAP can be spoken, secured already where it is to be: certificate and host name are checked,
 * and where TLS does not come about there is no connection. Rejects with an Error that names the server.
 */
export async function dial(url: string, options: DialOptions): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const opened: Socket[] = []
  const keep = (socket: Socket): Socket => {
    opened.push(socket)
    return socket.on('error', () => undefined)
  }
  const give = (error: Error): void => opened.forEach((socket) => socket.destroy(error))
  const late = setTimeout(() => give(new Error(`not there within ${options.timeout} ms`)), options.timeout)
  try {
    const raw = keep(connect({ host, port: port === '' ? (PORTS[protocol] ?? 389) : Number(port), keepAlive: true }))
    await once(raw, 'connect')
    if (protocol !== 'ldaps:' && !options.startTls) return raw
    if (protocol !== 'ldaps:') await startTls(raw, options.timeout)
    const secure = keep(connectTls({ ...checked(host, options.secureContext), socket: raw }))
    await once(secure, 'secureConnect')
    return secure
  } catch (error) {
    give(new Error('given up'))
    throw new Error(`no connection to ${url}`, { cause: error })
  } finally {
    clearTimeout(late)
  }
}

/**
 * By a client of its own, whose reader goes with it: what somebody on the way sends after the answer and before TLS
 * would else be read as said within it (the flaw of CVE-2011-0411).
 */
async function startTls(raw: Socket, timeout: number): Promise<void> {
  const client = new Client({ url: 'ldap://localhost', createConnection: () => raw, timeout })
  await client.exop(START_TLS)
  raw.removeAllListeners('data')
}

/** Trusts these too. Made once: reading all the certificates takes longer than a handshake. */
export function trusting(ca: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), ca] })
}

/** Said outright, lest the environment (`NODE_TLS_REJECT_UNAUTHORIZED`) say otherwise. */
function checked(host: string, secureContext: SecureContext | undefined): ConnectionOptions {
  const name = isIP(host) === 0 ? { servername: host } : {}
  return { host, ...name, ...(secureContext && { secureContext }), rejectUnauthorized: true }
}
