import { expect } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { GRAMMAR } from '../../src/labels/grammar.ts'

export const PORTAL = { LABELGATE_PORTAL_URL: 'https://auth.example.com' }

/** One provider, whole. */
export const PROVIDER = {
  LABELGATE_OIDC_ISSUER: 'https://id.example.com',
  LABELGATE_OIDC_CLIENT_ID: 'labelgate',
  LABELGATE_OIDC_ADMIT: 'email:*@example.com',
}

/** What has to stand beside an option, so that it alone can be wrong. */
export function beside(name: string): Record<string, string> {
  return name.startsWith('LABELGATE_OIDC_') ? PROVIDER : {}
}

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
  const loaded = loadSettings({ ...PORTAL, ...env }, readerOf(files), GRAMMAR)
  if (!loaded.ok) return expect.fail(loaded.problems.join('\n'))
  return loaded.settings
}

export function problems(env: Record<string, string | undefined>, files: Files = {}): readonly string[] {
  const loaded = loadSettings({ ...PORTAL, ...env }, readerOf(files), GRAMMAR)
  return loaded.ok ? [] : loaded.problems
}
