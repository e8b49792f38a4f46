import type { UpstreamToken } from '../../labels/spec.ts'
import type { LiveSession } from '../../session/live.ts'

export interface UpstreamTokenDeps {
  /** The token of a provider that this app is handed on; empty: none. */
  of(session: LiveSession, app: string, kind: UpstreamToken['kind'], now: number): string | Promise<string>
}

/**
 * Puts a provider's tokens in the headers of an app that is to have them. Those stand there already, empty, as some of
 * those by which apps are told who is there. At once where they are known.
 */
export function putTokens<P extends { readonly pass: string[] }>(
  tokens: UpstreamTokenDeps,
  passed: P,
  wanted: readonly UpstreamToken[],
  { session, app, now }: { readonly session: LiveSession; readonly app: string; readonly now: number },
): P | Promise<P> {
  const later: Promise<void>[] = []
  for (const { header, kind } of wanted) {
    const text = tokens.of(session, app, kind, now)
    if (typeof text === 'string') putHeader(passed.pass, header, text)
    else later.push(text.then((text) => putHeader(passed.pass, header, text)))
  }
  return later.length === 0 ? passed : Promise.all(later).then(() => passed)
}

/** By names alone: somebody may be called like the header. */
export function putHeader(lines: string[], name: string, value: string): void {
  for (let i = 0; i < lines.length; i += 2) if (lines[i] === name) lines[i + 1] = value
}
