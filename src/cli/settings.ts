import { readFileSync } from 'node:fs'
import { loadSettings, type Loaded, type LoadOptions } from '../config/load.ts'
import type { Environment, ReadFile } from '../config/reader.ts'
import type { Settings } from '../config/settings.ts'
import { GRAMMAR } from '../labels/grammar.ts'
import { CommandError, EXIT } from './exit.ts'

/** Every option and the operator's file, or everything that is wrong with them. Throws a CommandError. */
export function settingsOf(env: Environment, options?: LoadOptions): Settings {
  const loaded = loadFrom(env, (path) => readFileSync(path, 'utf8'), options)
  if (loaded.ok) return loaded.settings
  throw new CommandError(EXIT.usage, loaded.problems.join('\n'))
}

/** The same by another reader of files. */
export function loadFrom(env: Environment, readFile: ReadFile, options?: LoadOptions): Loaded {
  return loadSettings(env, readFile, GRAMMAR, options)
}

/** Host of the portal where none is given (RFC 2606: nobody has it). */
export const NO_PORTAL = 'labelgate.invalid'

/** For commands that only read labels and accounts: they need no portal and no secrets. */
export function offlineSettingsOf(env: Environment): Settings {
  const given = env['LABELGATE_PORTAL_URL'] !== undefined || env['LABELGATE_PORTAL_URL_FILE'] !== undefined
  return settingsOf(given ? env : { ...env, LABELGATE_PORTAL_URL: `https://${NO_PORTAL}` }, { offline: true })
}
