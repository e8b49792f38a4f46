import { isHere } from '../../syntax/here.ts'
import type { Part } from './part.ts'

/**
 * An address of a provider, as it is written: issuers are compared letter by letter (OpenID Connect Discovery section
 * 4.3). Plain http has to be said, unless it stays on this machine.
 */
export function issuerUrl(part: Part, key: string): string | undefined {
  const text = part.text(key)
  if (text === undefined || !/^https?:\/\/[^\s?#@\\]+$/.test(text)) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return part.note(key, 'is no address: write it like https://id.example.com')
  if (url.protocol === 'http:' && !isHere(url.hostname) && !part.flag('allow-plain'))
    return part.note(key, 'is plain http: write https, or allow-plain: true if everybody between the two may listen')
  return text
}
