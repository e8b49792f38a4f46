// Stands in for Convos. At the header it does as Convos::Plugin::Auth::Header does: whom the header names is signed in,
// and gets an account where there is none; the first one has to be the administrator; without the header there is the
// page to log in. Below that it prints each X-Ptl header it got, in whichever spelling, so that one can see what arrives.
import { createServer } from 'node:http'

const { CONVOS_AUTH_HEADER = 'X-Authenticated-User', CONVOS_ADMIN = '' } = process.env
const users = new Set()

function load(email) {
  if (email === undefined || email === '') return undefined
  if (users.size === 0 && CONVOS_ADMIN !== '' && email !== CONVOS_ADMIN) return undefined
  users.add(email)
  return email
}

createServer(({ headers, rawHeaders }, response) => {
  const user = load(headers[CONVOS_AUTH_HEADER.toLowerCase()])
  const seen = rawHeaders.flatMap((name, i) => (i % 2 === 0 && /^x.ptl/i.test(name) ? [`${name}: ${rawHeaders[i + 1]}`] : []))
  const page = user === undefined ? '<h1>Sign in to Convos</h1>' : `<h1>Chat of ${user}</h1>`
  response.setHeader('Content-Type', 'text/html; charset=utf-8').end([page, '<pre>', ...seen, '</pre>', ''].join('\n'))
}).listen(3000)

process.on('SIGTERM', () => process.exit())
