/** The fields of a form, each given once. */
export type Form = ReadonlyMap<string, string>

/** Bytes of a whole form. */
export const MAX_FORM = 16 * 1024

/**
 * @param body as the form parser left it: a field given twice is an array there
 * @returns undefined where that is no form, or a field is not exactly one text (threat G-15)
 */
export function readForm(body: unknown): Form | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const entries = Object.entries(body)
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? new Map(entries)
    : undefined
}
