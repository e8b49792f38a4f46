/** The real Keycloak with its realm `labelgate`: users `test` (group2) and `alice` (group1), a client of that name. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { keycloakProgram } from '../parts.ts'

const ADMIN = 'admin'
const START = 120_000

export interface Keycloak extends AsyncDisposable {
  readonly issuer: string
  /** Takes a user out of a group. */
  leave(user: string, group: string): Promise<void>
  /** Signs a user out everywhere, as its own console does. */
  signOut(user: string): Promise<void>
  disable(user: string): Promise<void>
}

/**
 * @param backChannel where it says that somebody signed out
 * @param host its own name, where containers are to reach it: then it listens on every address
 */
export async function startKeycloak(backChannel: string, host?: string): Promise<Keycloak> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const options = [
    '--db=dev-mem',
    '--cache=local',
    '--import-realm',
    `--http-host=${host === undefined ? '127.0.0.1' : '0.0.0.0'}`,
    `--http-port=${port}`,
  ]
  const child = spawn(keycloakProgram ?? '', ['start-dev', ...options], {
    env: {
      ...process.env,
      LABELGATE_BACKCHANNEL_URL: backChannel,
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()))
  const issuer = `${origin}/realms/labelgate`
  const until = Date.now() + START
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) {
    if (Date.now() > until || child.exitCode !== null) throw new Error(`Keycloak does not start:\n${said.slice(-2000)}`)
    await setTimeout(250)
  }
  return {
    // in this mode it says of itself what it is called by
    issuer: host === undefined ? issuer : issuer.replace('127.0.0.1', host),
    ...admin(origin),
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

function admin(origin: string): Omit<Keycloak, 'issuer' | typeof Symbol.asyncDispose> {
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const form = { grant_type: 'password', client_id: 'admin-cli', username: ADMIN, password: ADMIN }
    const token = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token: bearer } = (await token.json()) as { access_token: string }
    const answer = await fetch(`${origin}/admin/realms/labelgate${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  const idOf = async (path: string) => ((await ask('GET', path)) as { id: string }[])[0]?.id
  const user = (name: string) => idOf(`/users?exact=true&username=${name}`)
  return {
    leave: async (name, group) => {
      const id = await idOf(`/groups?exact=true&search=${group}`)
      await ask('DELETE', `/users/${await user(name)}/groups/${id}`)
    },
    signOut: async (name) => void (await ask('POST', `/users/${await user(name)}/logout`, {})),
    disable: async (name) => void (await ask('PUT', `/users/${await user(name)}`, { enabled: false })),
  }
}
