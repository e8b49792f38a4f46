import type { Settings } from './settings.ts'
import type { Parser } from './parsed.ts'

/** `sqlite` or `memory`; a Redis address is known, and refused for now rather than taken for something else. */
export const store: Parser<Settings['store']> = (text) => {
  const mend = 'write sqlite or memory'
  if (text === 'sqlite' || text === 'memory') return { value: text }
  const redis = /^(rediss?|valkeys?):/i.test(text)
  return { wrong: redis ? 'asks for what is not available yet' : 'is none of the words it may be', mend }
}
