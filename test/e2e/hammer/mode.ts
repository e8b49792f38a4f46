/** Ways to stand before the apps of a Traefik: what Traefik and labelgate are told, and what labels an app has. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../free-port.ts'
import { type RunningTraefik, startTraefik } from '../../proxy/traefik.ts'
import { Labelgate } from '../fault/labelgate.ts'

export type Mode = 'file' | 'guard' | 'entrypoint'

export interface Setup extends AsyncDisposable {
  readonly traefik: RunningTraefik
  /** Not running yet. */
  readonly labelgate: Labelgate
}

/** Traefik's own patience of two seconds is left as it is: whatever gap it makes is to be seen. */
export const REAL = { 'providers.providersThrottleDuration': '2s' }
const LABELS = { 'providers.docker.defaultRule': 'Host(`{{ normalize .Name }}.hammer.test`)' }

export async function open(mode: Mode, dockerHost: string): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-hammer-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const [traefikFolder, dataFolder] = [join(folder, 'traefik'), join(folder, 'data')]
  for (const made of [traefikFolder, dataFolder]) await mkdir(made)
  const guard = `127.0.0.1:${await freePort()}`
  const traefik = opened.use(await startTraefik(traefikFolder, { ...REAL, ...toTraefik(mode, dockerHost, guard) }))
  const surroundings = { dockerHost, traefikFolder, dataFolder, web: traefik.web, env: toLabelgate(mode, guard) }
  const labelgate = opened.use(await Labelgate.in(surroundings))
  const owned = opened.move()
  return { traefik, labelgate, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function toTraefik(mode: Mode, dockerHost: string, guard: string): Record<string, string> {
  switch (mode) {
    case 'file':
      return {}
    case 'guard':
      return { ...LABELS, 'providers.docker.endpoint': `tcp://${guard}` }
    case 'entrypoint':
      return {
        ...LABELS,
        'providers.docker.endpoint': dockerHost,
        'entryPoints.web.http.middlewares': 'labelgate@file',
      }
  }
}

function toLabelgate(mode: Mode, guard: string): Record<string, string> {
  switch (mode) {
    case 'file':
      return {}
    case 'guard':
      return { LABELGATE_TRAEFIK_FILE: '', LABELGATE_GUARD_LISTEN: guard }
    case 'entrypoint':
      return { LABELGATE_TRAEFIK_MODE: 'entrypoint' }
  }
}

export interface App {
  readonly name: string
  readonly host: string
  /** Which of the ways people write routers. */
  readonly shape: Shape
}

/** Routers as people write them. `two`: several of one container. `default`: none, and Traefik makes one. */
export const SHAPES = ['plain', 'odd-case', 'two', 'chain', 'default', 'service', 'one-path', 'other-path'] as const
export type Shape = (typeof SHAPES)[number]

/** @param words labels of ours without the prefix, by which it is protected, or open */
export function labelsOf(mode: Mode, app: App, words: Readonly<Record<string, string>>): string[] {
  const own = Object.entries(words).map(([key, value]) => `labelgate.${key}=${value}`)
  if (mode !== 'file') return [...routersOf(app), ...own]
  const path = { 'one-path': '/one', 'other-path': '/two' }[app.shape as string]
  return [`labelgate.host=${app.host}`, ...(path === undefined ? [] : [`labelgate.path=${path}`]), ...own]
}

export function routersOf({ name, host, shape }: App): string[] {
  const router = `traefik.http.routers.${name}`
  const rule = `${router}.rule=Host(\`${host}\`)`
  switch (shape) {
    case 'plain':
      return [rule]
    case 'odd-case':
      return [`traefik.HTTP.Routers.${name}.Rule=Host(\`${host}\`)`, `traefik.http.routers.${name}.PRIORITY=7`]
    case 'two':
      return [rule, `${router}-a.rule=Host(\`${host}\`) && PathPrefix(\`/a\`)`]
    case 'chain':
      return [
        rule,
        `${router}.middlewares=${name}-strip,${name}-mark`,
        `traefik.http.middlewares.${name}-strip.stripprefix.prefixes=/strip`,
        `traefik.http.middlewares.${name}-mark.headers.customrequestheaders.X-Mark=chain`,
      ]
    case 'default':
      return [`labelgate.host=${host}`]
    case 'service':
      return [rule, `${router}.service=${name}-it`, `traefik.http.services.${name}-it.loadbalancer.server.port=80`]
    case 'one-path':
      return [`${rule} && PathPrefix(\`/one\`)`]
    case 'other-path':
      return [`${rule} && PathPrefix(\`/two\`)`]
  }
}
