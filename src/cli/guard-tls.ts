import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { GuardSettings } from '../config/settings.ts'
import { CommandError, EXIT } from './exit.ts'

/** @throws CommandError that names the option, where a file cannot be read or the two do not belong together */
export function readTls({ cert, key, clientCa }: NonNullable<GuardSettings['tls']>) {
  const texts = {
    cert: pem('LABELGATE_GUARD_TLS_CERT', cert),
    key: pem('LABELGATE_GUARD_TLS_KEY', key),
    ...(clientCa !== undefined && { clientCa: pem('LABELGATE_GUARD_TLS_CLIENT_CA', clientCa) }),
  }
  const certificate = checked('LABELGATE_GUARD_TLS_CERT', cert, () => new X509Certificate(texts.cert))
  checked('LABELGATE_GUARD_TLS_KEY', key, () => {
    if (!certificate.checkPrivateKey(createPrivateKey(texts.key))) throw new Error(`it is not the key of ${cert}`)
  })
  if (texts.clientCa !== undefined && clientCa !== undefined) {
    const text = texts.clientCa
    checked('LABELGATE_GUARD_TLS_CLIENT_CA', clientCa, () => new X509Certificate(text))
  }
  return texts
}

function pem(option: string, path: string): string {
  return checked(option, path, () => readFileSync(path, 'utf8'))
}

function checked<T>(option: string, path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(EXIT.usage, `${option}: ${path} cannot be used: ${why}`, { cause: error })
  }
}
