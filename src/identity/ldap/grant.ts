/** What is remembered of a sign-in, to look the person up again. */
export interface Grant {
  readonly dn: string
  /** Of Person. */
  readonly id: string
  /** The name they signed in by: the filter is asked again with it. */
  readonly user: string
}

export function formatGrant({ dn, id, user }: Grant): string {
  return JSON.stringify([dn, id, user])
}

/** @returns undefined for what formatGrant() did not write */
export function parseGrant(text: string): Grant | undefined {
  try {
    const parts: unknown = JSON.parse(text)
    if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => typeof part === 'string'))
      return undefined
    const [dn = '', id = '', user = ''] = parts
    return { dn, id, user }
  } catch {
    return undefined
  }
}
