// Stand-ins for the apps of a home server, by what each does at the header; the page of each names whom it takes its
// visitor for. Those that run behind WSGI or PHP get headers by CGI's rules (RFC 3875 section 4.1.18), as there.
import { createServer } from 'node:http'

/** `HTTP_REMOTE_USER` is what any header is called that differs from `Remote-User` in signs and case alone. */
function cgi({ rawHeaders }) {
  const found = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = `HTTP_${rawHeaders[i].toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
    found[key] = key in found ? `${found[key]},${rawHeaders[i + 1]}` : rawHeaders[i + 1]
  }
  return found
}

const { env } = process
const cookieOf = (request, name) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1]

const APPS = {
  /** Whoever reaches it sees everything. */
  netdata: {
    port: 19999,
    answer: (request) => ({ page: `Netdata for anybody${request.headers.authorization === undefined ? '' : ', with a password'}` }),
  },
  /** Django's RemoteUserMiddleware: the header is the user, made where there is none; without it, the page to log in. */
  tandoor: {
    port: 8080,
    answer(request) {
      const user = env.REMOTE_USER_AUTH === '1' ? cgi(request).HTTP_REMOTE_USER : undefined
      return { page: user ? `Recipes of ${user}` : 'Log in to Tandoor' }
    },
  },
  /** `remote_user_guard`: an error without the header. The API asks for a token of its own, and looks at nothing else. */
  firefly: {
    port: 8080,
    answer(request) {
      if (request.url.startsWith('/api/')) {
        const known = request.headers.authorization === 'Bearer a-personal-access-token'
        return known ? { page: 'Accounts, by token' } : { status: 401, page: 'Unauthenticated.' }
      }
      const meta = cgi(request)
      const user = meta[env.AUTHENTICATION_GUARD_HEADER]
      if (!user) return { status: 500, page: 'The guard header was unexpectedly empty. See the logs.' }
      return { page: `Money of ${user}, ${meta[env.AUTHENTICATION_GUARD_EMAIL] ?? 'no address'}` }
    },
  },
  /** Its own cookie says who is there. Without it: to its provider, and back with a code, which is not checked here. */
  miniflux: {
    port: 8080,
    answer(request) {
      const url = new URL(request.url, env.BASE_URL)
      if (url.pathname === '/oauth2/oidc/redirect') {
        const asked = { client_id: env.OAUTH2_CLIENT_ID, redirect_uri: env.OAUTH2_REDIRECT_URL, response_type: 'code', state: 's' }
        const location = `${env.OAUTH2_OIDC_DISCOVERY_ENDPOINT}/authorize?${new URLSearchParams(asked)}`
        return { status: 302, headers: { Location: location, 'Set-Cookie': 'MinifluxAppSessionID=s; Path=/; HttpOnly' } }
      }
      if (url.pathname === '/oauth2/oidc/callback') {
        const good = cookieOf(request, 'MinifluxAppSessionID') === url.searchParams.get('state')
        if (!good) return { status: 400, page: 'Invalid state' }
        return { status: 302, headers: { Location: '/unread', 'Set-Cookie': 'MinifluxUserSessionID=u; Path=/; HttpOnly' } }
      }
      if (cookieOf(request, 'MinifluxUserSessionID') !== undefined) return { page: 'Unread, by its own session' }
      return { page: '<a href="/oauth2/oidc/redirect">Sign in with OpenID Connect</a>' }
    },
  },
}

const { port, answer } = APPS[process.argv[2]]
createServer((request, response) => {
  const { status = 200, headers = {}, page = '' } = answer(request)
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(`${page}\n`)
}).listen(port)

process.on('SIGTERM', () => process.exit())
