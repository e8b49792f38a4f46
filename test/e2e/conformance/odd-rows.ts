/** Requests that no browser makes: targets that are no path, and headers after the body. */
import { AS_ALICE, row, type Row } from './rows.ts'

const program = (...lines: readonly string[]) => ({ visit: false, lines })

/** Go makes of `http:x` an address without a path, CVE-2026-88009. */
const targets: readonly Row[] = [
  ['http:http://docs.example.com/admin/x', 'docs.example.com'],
  ['http:/admin/x', 'docs.example.com'],
  ['http:http://127.0.0.1/.well-known/jwks.json', 'docs.example.com'],
  ['http:http://127.0.0.1/auth/nginx', 'docs.example.com'],
  ['http:http://127.0.0.1/auth/route', 'auth.example.com'],
  ['docs.example.com:443', 'docs.example.com'],
  ['admin/x', 'docs.example.com'],
].map(([target = '', host = '']) =>
  row(`the target ${target} at ${host}`, [host, target], '400', {
    ...program(AS_ALICE, 'X-Original-URL: http://public.example.com/', 'X-Original-Method: GET'),
    head: `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n`,
  }),
)

const chunks = (trailers: string) => `3\r\nabc\r\n0\r\n${trailers}\r\n\r\n`
const trailers: readonly Row[] = [
  row('trailers that say who it is', ['public.example.com', '/'], 'public as nobody, 3 bytes', {
    ...program('Transfer-Encoding: chunked'),
    method: 'POST',
    body: chunks('Remote-User: mallory\r\nX_Ptl_User: mallory'),
  }),
  row('trailers that are announced', ['public.example.com', '/'], 'public as nobody, 3 bytes', {
    ...program('Transfer-Encoding: chunked', 'Trailer: Remote-User, X_Ptl_User', 'TE: trailers'),
    method: 'POST',
    body: chunks('Remote-User: mallory\r\nX_Ptl_User: mallory'),
  }),
]

export const ODD_ROWS: readonly Row[] = [...targets, ...trailers]
