import { expect } from 'vitest'
import type { OperatorFile } from '../../../src/config/operator-file.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { problems, settings, type Files } from '../load-helper.ts'

export const FILE = '/etc/labelgate/labelgate.yaml'
export const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'

/** What the files that examples name hold. */
const BESIDE: Files = { '/secret': 'a-secret\n', '/ca.pem': PEM }

/** A file of that text at its usual place. */
export function read(text: string, env: Record<string, string> = {}, files: Files = {}): Settings {
  return settings(env, { ...BESIDE, ...files, [FILE]: text })
}

/** What is wrong with it. The path of the file stands before each, and is left out here. */
export function wrongIn(text: string, env: Record<string, string> = {}, files: Files = {}): readonly string[] {
  return problems(env, { ...BESIDE, ...files, [FILE]: text }).map((problem) => problem.replace(`${FILE}:`, ''))
}

/** The only provider of a file. */
export function provider(keys: string, type = 'oidc'): OperatorFile['providers'][number] {
  const [only] = read(providerText(keys, type)).file.providers
  return only ?? expect.fail('there is no provider')
}

/** Enough of a provider of that type, with these lines in place of or beside what it has. */
export function providerText(keys: string, type = 'oidc'): string {
  const lines = keys.split('\n').filter((line) => line !== '')
  const said = new Set(lines.map((line) => line.split(':')[0]))
  const rest = (ENOUGH[type] ?? []).filter((line) => !said.has(line.split(':')[0]))
  return `providers:\n  it:\n${[...lines, ...rest].map((line) => `    ${line}\n`).join('')}`
}

const ENOUGH: Readonly<Record<string, readonly string[]>> = {
  oidc: ['issuer: https://id.example.com', 'client-id: labelgate', "admit: '*'"],
  github: ['type: github', 'client-id: labelgate', 'client-secret-file: /secret', "admit: '*'"],
  ldap: ['type: ldap', 'urls: ldaps://ldap.example.com', 'user-base: ou=people,dc=example', "admit: '*'"],
}

/** Enough of a bearer issuer, the same way. */
export function bearerText(keys: string): string {
  const lines = keys.split('\n').filter((line) => line !== '')
  const said = new Set(lines.map((line) => line.split(':')[0]))
  const enough = ['issuer: https://id.example.com', 'audience: api', "admit: '*'"]
  const rest = enough.filter((line) => !said.has(line.split(':')[0]))
  return `bearer:\n  it:\n${[...lines, ...rest].map((line) => `    ${line}\n`).join('')}`
}
