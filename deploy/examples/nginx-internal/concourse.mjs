// Stands in for Concourse. At the header it does as that does: it looks at no header of a proxy's, keeps its own session in
// the cookie `skymarshal_auth0`, and its API answers to a bearer token of its own, or says 401.
import { createServer } from 'node:http'

const TOKEN = 'Bearer a-token-of-concourse'

createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://ci.localhost')
  const say = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  if (pathname === '/api/v1/info') return say(200, { version: '8.0.0' })
  if (pathname === '/sky/issuer/token') return say(200, { access_token: TOKEN.slice(7), token_type: 'bearer' })
  const known = request.headers.authorization === TOKEN || /(?:^|; )skymarshal_auth0=/.test(request.headers.cookie ?? '')
  if (pathname.startsWith('/api/v1/')) return known ? say(200, { teams: ['main'] }) : say(401, { error: 'not authorized' })
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<title>Concourse</title>${known ? 'pipelines of main' : '<a href="/sky/login">login</a>'}\n`)
}).listen(8080)

process.on('SIGTERM', () => process.exit())
