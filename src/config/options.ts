/**
 * Every option once: what it is called, what may stand in it, what holds without it, and one sentence.
 * `load.ts` reads them, `reference.ts` writes deploy/options.md from them.
 */
import type { Option } from './option.ts'
import { docker } from './options/docker.ts'
import { gateway } from './options/gateway.ts'
import { guard } from './options/guard.ts'
import { labels } from './options/labels.ts'
import { oidc } from './options/oidc.ts'
import { people } from './options/people.ts'
import { proxy } from './options/proxy.ts'
import { service } from './options/service.ts'

/** By purpose, for the reference. */
export const GROUPS: Readonly<Record<string, Readonly<Record<string, Option>>>> = {
  'The service': service,
  'Sign-in and pages': people,
  'A provider': oidc,
  Docker: docker,
  'The proxy': proxy,
  'The guard': guard,
  'The built-in gateway': gateway,
  'What labels may say': labels,
}

export const OPTIONS = {
  ...service,
  ...people,
  ...oidc,
  ...docker,
  ...proxy,
  ...guard,
  ...gateway,
  ...labels,
} satisfies Readonly<Record<string, Option>>

/** Where the operator's file lies unless `LABELGATE_CONFIG` says otherwise. */
export const DEFAULT_CONFIG = '/etc/labelgate/labelgate.yaml'
