/** Why no traffic should come here. Words of a fixed set, as anybody may read them: no host, no path, no user. */
export type Unready = 'table-not-synced' | 'table-too-old' | 'store-not-trustworthy' | 'traefik-file-not-written'

export interface Readiness {
  readonly ok: boolean
  readonly reasons: readonly Unready[]
}

export interface Circumstances {
  /** Milliseconds since the daemon last confirmed the table; Infinity before the first time. */
  readonly tableAge: number
  /** Option LABELGATE_TABLE_MAX_AGE in milliseconds; 0: a table is used however old it is. */
  readonly tableMaxAge: number
  /** False while somebody may have been signed out without our knowing. True in a process that has no store. */
  readonly storeTrustworthy: boolean
  /** Is the newest content in the Traefik file? True where there is none to write. */
  readonly fileCurrent: boolean
}

export function readiness({ tableAge, tableMaxAge, storeTrustworthy, fileCurrent }: Circumstances): Readiness {
  const synced = tableAge !== Infinity
  const reasons: Unready[] = []
  if (!synced) reasons.push('table-not-synced')
  if (synced && tableMaxAge > 0 && tableAge > tableMaxAge) reasons.push('table-too-old')
  if (!storeTrustworthy) reasons.push('store-not-trustworthy')
  if (!fileCurrent) reasons.push('traefik-file-not-written')
  return { ok: reasons.length === 0, reasons }
}
