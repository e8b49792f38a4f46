// Stands in for a backend that reads Authgear's headers: valid is who is signed in, `false` is a session that does not hold
// any more, and nothing is nobody. It refuses by itself, where it wants somebody.
import { createServer } from 'node:http'

createServer(({ url, headers }, response) => {
  const valid = headers['x-authgear-session-valid'] ?? ''
  const who = valid === 'true' ? headers['x-authgear-user-id'] : undefined
  const say = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  const signIn = `/.labelgate/login?rd=${encodeURIComponent(url)}`
  if (url.startsWith('/private')) return who === undefined ? say(401, { error: 'sign in', at: signIn }) : say(200, { who })
  say(200, {
    session: valid === '' ? 'absent' : valid === 'true' ? 'valid' : 'invalid',
    ...(who === undefined
      ? { at: signIn }
      : {
          who,
          verified: headers['x-authgear-user-verified'],
          amr: headers['x-authgear-session-amr'],
          since: headers['x-authgear-session-authenticated-at'],
          canReauthenticate: headers['x-authgear-user-can-reauthenticate'],
        }),
  })
}).listen(3000)

process.on('SIGTERM', () => process.exit())
