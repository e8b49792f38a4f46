import { randomBytes } from 'node:crypto'
import type { DeviceMarks } from '../identity/local/account.ts'
import type { Seal } from './seal.ts'

const PURPOSE = 'device'
const LIFE = 180 * 86_400_000

/** Device marks as sealed texts: 180 days, renewed at each sign-in; good for one account and for nothing but throttling. */
export class Devices implements DeviceMarks {
  readonly #seal: Seal

  constructor(seal: Seal) {
    this.#seal = seal
  }

  issue(account: string, device: string | undefined, now: number): Promise<string> {
    const id = device ?? randomBytes(16).toString('base64url')
    return this.#seal.seal(PURPOSE, { account, device: id }, now + LIFE)
  }

  async read(mark: string, account: string, now: number): Promise<string | undefined> {
    const payload = await this.#seal.open(PURPOSE, mark, now)
    const device = payload?.['device']
    return payload?.['account'] === account && typeof device === 'string' ? device : undefined
  }
}
