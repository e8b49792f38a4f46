/** A stored argon2id hash, taken apart. */
export interface Phc {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly tag: Buffer
}

// Algorithm and version are fixed: an unknown format is no hash, never compared as plain text (threat G-17).
const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9])\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const LONGEST = 256

/** PHC string format: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md */
export function formatPhc({ memory, passes, parallelism, salt, tag }: Phc): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

/** @returns undefined for any other algorithm, any other spelling, and costs that are no protection or an attack */
export function parsePhc(text: string): Phc | undefined {
  const [, m, t, p, saltText = '', tagText = ''] = (text.length <= LONGEST && PHC.exec(text)) || []
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)]
  // OWASP's cheapest argon2id is 7 MiB; dearer than 64 MiB or 10 passes would be a way to exhaust us.
  if (!(memory >= 7168 && memory <= 65_536 && passes <= 10 && parallelism <= 4)) return undefined
  const [salt, tag] = [Buffer.from(saltText, 'base64'), Buffer.from(tagText, 'base64')]
  if (base64(salt) !== saltText || base64(tag) !== tagText) return undefined
  if (salt.length < 8 || salt.length > 64 || tag.length < 16 || tag.length > 64) return undefined
  return { memory, passes, parallelism, salt, tag }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
