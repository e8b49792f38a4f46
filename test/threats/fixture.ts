/**
 * The fixture of the collection of published attacks, in our labels: `authctl.` keys become what says the same here.
 * C5 asks for JWTs and there is no issuer, so its label is refused and nobody gets in.
 */
import type { Container } from '../../src/docker/container.ts'
import { container } from '../build/container.ts'

export function fixtureContainers(): Container[] {
  return [
    container('app', 'host=app.example.com'),
    container('admin', 'host=admin.example.com\nallow=group:admins'),
    container('mix', 'host=mix.example.com\npublic=GET|HEAD /public/**, GET /foo/**'),
    // an unanchored pattern cannot be written: paths are prefixes
    container('mixb', 'host=mixb.example.com\npublic=/public/**'),
    container('site', 'host=site.example.com\npublic=/**\nrules.admin.path=/admin\nrules.keys.path=/keys'),
    container('public', 'host=public.example.com\npublic=/**'),
    container('api', 'host=api.example.com\naccept=bearer'),
    container('basic', 'host=basic.example.com\naccept=basic'),
    container('ip', 'host=ip.example.com\npublic-from=10.0.0.0/8'),
    container('k', 'host=k.example.com\nallow=group:admins'),
    container('apps', 'host=*.apps.example.com'),
    container('admin-apps', 'host=*.admin.apps.example.com\nallow=group:admins'),
  ]
}

/** One header line. */
export type Line = readonly [name: string, value: string]

/** What a correct proxy asks: the collection's `FWD(host, uri, method)`. */
export function fwd(host: string, uri: string, method = 'GET'): Line[] {
  return [
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Uri', uri],
    ['X-Forwarded-For', '203.0.113.9'],
  ]
}

/** The same in nginx's words. */
export function nginx(url: string, method = 'GET'): Line[] {
  return [
    ['X-Original-URL', url],
    ['X-Original-Method', method],
    ['X-Forwarded-For', '203.0.113.9'],
  ]
}

export function without(lines: readonly Line[], name: string): Line[] {
  return lines.filter(([other]) => other !== name)
}

/** Each value in a line of its own, where the first of that name stood. */
export function instead(lines: readonly Line[], name: string, ...values: readonly string[]): Line[] {
  return lines.flatMap(([other, value]): Line[] =>
    other === name ? values.map((one) => [name, one]) : [[other, value]],
  )
}

/** `$alice@host` stands for the cookie alice's browser has for that host; whoever sends the lines puts it in. */
export function signed(lines: readonly Line[], who: string, host: string): Line[] {
  return [...lines, ['Cookie', `__Host-labelgate=$${who}@${host}`]]
}

/** What a safe server answers: the collection's words. */
export type Safe = 'DENY' | 'BAD' | 'ANON' | 'AS alice' | 'AS bob'

/** One input of a vector. `id` is the collection's; those that begin with `Z` are our own. */
export interface Vector {
  readonly id: string
  readonly lines: readonly Line[]
  readonly safe: Safe
}
