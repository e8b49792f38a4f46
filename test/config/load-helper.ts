import { expect } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { parseAllow } from '../../src/labels/subjects.ts'

export const PORTAL = { LABELGATE_PORTAL_URL: 'https://auth.example.com' }

/** A disk with these files alone; a code in place of a text is the error that reading gives. */
export type Files = Readonly<Record<string, string | { readonly code: string }>>

function readerOf(files: Files): (path: string) => string {
  return (path) => {
    const file = files[path] ?? { code: 'ENOENT' }
    if (typeof file === 'string') return file
    throw Object.assign(new Error(`${file.code}: no, open '${path}'`), file)
  }
}

export function settings(env: Record<string, string>, files: Files = {}): Settings {
  const loaded = loadSettings({ ...PORTAL, ...env }, readerOf(files), parseAllow)
  if (!loaded.ok) return expect.fail(loaded.problems.join('\n'))
  return loaded.settings
}

export function problems(env: Record<string, string | undefined>, files: Files = {}): readonly string[] {
  const loaded = loadSettings({ ...PORTAL, ...env }, readerOf(files), parseAllow)
  return loaded.ok ? [] : loaded.problems
}
