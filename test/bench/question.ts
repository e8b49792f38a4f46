import { hostOf, idOf } from './containers.ts'

export interface Question {
  readonly key: string
  /** The how-many-eth app is asked about. */
  readonly n: number
  /** Value of the session cookie on its host; undefined: there is none. */
  readonly cookie?: string
  /** Credentials of another kind. */
  readonly authorization?: string
  readonly port: number
}

/** What Traefik's forward-auth sends for a browser: the visitor's header lines, and X-Forwarded-*. */
export function questionFrom({ key, n, cookie, authorization, port }: Question): string {
  const lines = [
    `GET /auth/forward/${key}/${idOf(n)} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.5',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    `Cookie: theme=dark${cookie === undefined ? '' : `; __Host-labelgate=${cookie}`}`,
    `Referer: https://${hostOf(n)}/`,
    'Sec-Fetch-Dest: document',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Site: same-origin',
    'X-Forwarded-For: 192.0.2.7',
    `X-Forwarded-Host: ${hostOf(n)}`,
    'X-Forwarded-Method: GET',
    'X-Forwarded-Port: 443',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Server: proxy',
    'X-Forwarded-Uri: /wiki/Start?action=view',
    'X-Real-Ip: 192.0.2.7',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
