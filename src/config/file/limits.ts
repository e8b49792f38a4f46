import type { Option } from '../option.ts'
import { OPTIONS } from '../options.ts'
import type { Elsewhere } from '../reader.ts'
import { Part, type Tools } from './part.ts'
import type { Source } from './source.ts'

/** Keys of `labels` that are options too, judged by the options' own parsers. */
export const LIMITS: Readonly<Record<string, Option>> = {
  public: OPTIONS.publicLabels,
  'wildcard-hosts': OPTIONS.wildcardHosts,
  'host-suffixes': OPTIONS.hostSuffixes,
  'opt-out': OPTIONS.optOut,
  entrypoints: OPTIONS.allowedEntrypoints,
  middlewares: OPTIONS.allowedMiddlewares,
  certresolvers: OPTIONS.allowedCertresolvers,
  'default-allow': OPTIONS.defaultAllow,
}

/** By the option's name. */
export function limitsIn(source: Source | undefined, tools: Tools): ReadonlyMap<string, Elsewhere> {
  const given = new Map<string, Elsewhere>()
  if (source === undefined) return given
  const labels = new Part([], source.value, tools).part('labels')
  for (const [key, option] of Object.entries(LIMITS)) {
    const text = labels.words(key)
    const path = [...labels.path, key]
    if (text !== undefined && !source.isWrong(path)) given.set(option.name, { text, place: source.place(path) })
  }
  return given
}
