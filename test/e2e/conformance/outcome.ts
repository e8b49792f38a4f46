/** What became of a request, in a line: who got it and as whom, or how it was refused. */
import type { RawAnswer } from '../doors/wire.ts'
import type { Received } from './apps.ts'
import type { Row } from './rows.ts'

type Asked = Pick<Row, 'method' | 'path' | 'host'> & {
  /** Default: plain http. */
  readonly scheme?: 'http' | 'https'
}

const IDENTITY = ['remote-user', 'remote-email', 'remote-name', 'remote-groups', 'x-ptl-user']
/** How CGI, WSGI, PHP and the like read a header's name. */
const folded = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')

/** @param received what reached any app meanwhile */
export function outcome(row: Asked, answer: RawAnswer, received: readonly Received[]): string {
  if (received.length > 1) return `it reached apps ${received.length} times`
  const [one] = received
  if (one === undefined) return refused(answer)
  const said = [`${one.app} as ${identity(one)}`]
  for (const name of ['cookie', 'authorization']) {
    const values = valuesOf(one, name)
    if (values.length > 0) said.push(`${name}: ${values.join(' | ')}`)
  }
  if (one.bytes > 0) said.push(`${one.bytes} bytes`)
  if (answer.status !== 200 && answer.status !== 101) said.push(`but the client was told ${answer.status}`)
  return [...said, ...leaks(row, one)].join(', ')
}

const LEADS = [
  [/^https?:\/\/auth\.example\.com\/login\?rd=/, 'sign-in'],
  [/^https?:\/\/auth\.example\.com\/logout/, 'sign-out'],
] as const

/** A redirect counts only where it leads to the portal, and a refusal only where it carries nothing of an app's. */
function refused({ status, headers }: RawAnswer): string {
  const location = headers.get('location')?.[0]
  const leak = [...headers.keys()].filter((name) => /^x-labelgate-|^remote-|^x-app$/.test(name))
  const led = location === undefined ? '' : ` ${LEADS.find(([start]) => start.test(location))?.[1] ?? 'astray'}`
  const challenge = headers.has('www-authenticate') ? ' challenge' : ''
  return `${status}${led}${challenge}${leak.length > 0 ? ` !tells ${leak.join()}` : ''}`
}

/** `nobody`, or name and groups; a header that is absent says as little as an empty one. */
function identity(one: Received): string {
  const [user = [], email = [], , groups = [], ptl = []] = IDENTITY.map((name) =>
    valuesOf(one, name).filter((value) => value !== ''),
  )
  const said = [user, email, groups].flat()
  const who =
    said.length === 0
      ? 'nobody'
      : user.length === 1 && groups.length < 2
        ? `${user[0]}/${groups[0] ?? ''}`
        : said.join('+')
  return ptl.length === 0 ? who : `${who} ptl ${ptl.join('+')}`
}

/** What must be in no request that an app gets. */
function leaks(row: Asked, one: Received): string[] {
  const found: string[] = []
  for (const [name, value] of one.lines) {
    if (/^x-labelgate-(?!assertion$)/i.test(name)) found.push('!a word of ours')
    if (value.includes('mallory') && !/^x-labelgate-/i.test(name)) found.push(`!${name}: ${value}`)
    if (/labelgate=|lg_/.test(value)) found.push(`!${name} is ours`)
    // of a connection that is not theirs
    if (/^(?:keep-alive|proxy-connection|http2-settings)$/i.test(name)) found.push(`!${name}`)
    if (folded(name) === 'te' && value !== 'trailers') found.push(`!te: ${value}`)
    if (folded(name) === 'upgrade' && value.toLowerCase() !== 'websocket') found.push(`!upgrade: ${value}`)
  }
  for (const [name, value] of one.trailers) found.push(`!trailer ${name}: ${value}`)
  const names = one.lines.map(([name]) => folded(name)).filter((name) => IDENTITY.includes(name))
  if (new Set(names).size < names.length) found.push('!an identity header twice')
  if (one.url !== row.path) found.push(`!path ${one.url}`)
  if (one.method !== row.method) found.push(`!method ${one.method}`)
  const host = valuesOf(one, 'host').join()
  if (host !== row.host) found.push(`!host ${host}`)
  // of a WebSocket Traefik says ws and wss
  const proto = valuesOf(one, 'x-forwarded-proto').join().replace(/^ws/, 'http')
  if (proto !== (row.scheme ?? 'http')) found.push(`!proto ${proto}`)
  const from = valuesOf(one, 'x-forwarded-for').join()
  if (from !== '127.0.0.1') found.push(`!from ${from}`)
  return found
}

function valuesOf({ lines }: Received, name: string): string[] {
  return lines.flatMap(([key, value]) => (folded(key) === name ? [value] : []))
}
