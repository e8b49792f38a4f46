/** The real components tests ask for. A missing one is said aloud, and is a failure where it is required. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { describe, expect, test } from 'vitest'

export type Part =
  | 'docker'
  | 'second-docker'
  | 'compose'
  | 'traefik'
  | 'whoami'
  | 'node-image'
  | 'chromium'
  | 'wrk'
  | 'slapd'
  | 'keycloak'
  | 'nginx'
  | 'caddy'
  | 'haproxy'
  | 'envoy'
  | 'git'
  | 'curl'

/** Why each part is not to be had, or undefined where it is. Looked for once a process. */
const PROBES: Record<Part, () => string | undefined> = {
  docker: () => runs('docker', ['version', '--format', '{{.Server.Version}}'], 'no Docker daemon answers'),
  'second-docker': () =>
    runs(
      'sh',
      ['-c', '[ "$(id -u)" = 0 ] && command -v dockerd && command -v ip && command -v openssl'],
      'a Docker daemon of our own needs root, dockerd, ip and openssl',
    ),
  compose: () => runs('docker', ['compose', 'version'], 'docker compose is not installed'),
  traefik: () => image('traefik:v3.7'),
  whoami: () => image('traefik/whoami'),
  'node-image': () => image('node:24-bookworm-slim'),
  chromium: () => (existsSync(chromium) ? undefined : 'chromium is not installed'),
  slapd: () =>
    runs(
      'sh',
      ['-c', 'PATH=$PATH:/usr/sbin; command -v slapd && command -v ldapadd && command -v openssl'],
      'slapd, ldapadd and openssl are not installed',
    ),
  keycloak: () =>
    keycloakProgram === undefined ? 'Keycloak is not installed' : runs('java', ['-version'], 'Java is not installed'),
  git: () => runs('git', ['http-backend', '--help'], 'git and git-http-backend are not installed'),
  curl: () => runs('curl', ['--version'], 'curl is not installed'),
  nginx: () => runs('sh', ['-c', 'PATH=$PATH:/usr/sbin; nginx -v'], 'nginx is not installed'),
  caddy: () => runs('caddy', ['version'], 'Caddy is not installed'),
  haproxy: () => runs('sh', ['-c', 'PATH=$PATH:/usr/sbin; haproxy -v'], 'HAProxy is not installed'),
  envoy: () =>
    envoyProgram === undefined ? 'Envoy is not installed' : runs(envoyProgram, ['--version'], 'Envoy does not run'),
  wrk: () => runs('sh', ['-c', 'command -v wrk'], 'wrk is not installed'),
}

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** The browser's program, whether it is there or not. */
export const chromium = BROWSERS.find((path) => existsSync(path)) ?? '/usr/bin/chromium'
/** The Traefik program itself, for tests that need no container; undefined where only the image is there. */
export const traefikProgram = [
  `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/labelgate-parts/bin/traefik`,
].find((path) => existsSync(path))

/** Keycloak's start script; undefined where it is not there. Its realm `labelgate` is imported at start. */
export const keycloakProgram = [
  `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/labelgate-parts/keycloak/bin/kc.sh`,
].find((path) => existsSync(path))

/** Envoy's program, where it was put for tests or on the machine; undefined where it is not there. */
export const envoyProgram = envoyPrograms().find((path) => existsSync(path))

function envoyPrograms(): string[] {
  const parts = `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/labelgate-parts`
  const folders = existsSync(parts) ? readdirSync(parts).filter((name) => name.startsWith('envoy-')) : []
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => `${folder}/envoy`)
  return [...folders.map((name) => `${parts}/${name}/bin/envoy`), ...onPath]
}

const known = new Map<Part, string | undefined>()
function missing(part: Part): string | undefined {
  if (!known.has(part)) known.set(part, PROBES[part]())
  return known.get(part)
}

/**
 * `describe` for tests that need real parts. Where one is missing the block's single test fails
 * (LABELGATE_TEST_REQUIRE=all) or is listed as not run, with the reason, at the end of `npm test`.
 */
export function describeWith(parts: readonly Part[], name: string, body: () => void): void {
  const reasons = parts.flatMap((part) => missing(part) ?? [])
  if (reasons.length === 0) return void describe(name, body)
  const reason = [...new Set(reasons)].join('; ')
  const list = process.env['LABELGATE_TEST_NOT_RUN']
  if (list !== undefined) appendFileSync(list, `${name}: ${reason}\n`)
  if (process.env['LABELGATE_TEST_REQUIRE'] === 'all') test(`${name} (required)`, () => expect.fail(reason))
  else describe.runIf(false)(`${name} (not run: ${reason})`, body)
}

function runs(command: string, args: string[], reason: string): string | undefined {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 10_000 })
    return undefined
  } catch {
    return reason
  }
}

function image(name: string): string | undefined {
  return (
    PROBES.docker() ?? runs('docker', ['image', 'inspect', name], `image ${name} is not there (docker pull ${name})`)
  )
}
