import { createPrivateKey, hash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import { every, type Every } from '../../store/timer.ts'

/** Paths of two PEM files. */
export interface PairFiles {
  /** The certificate, and after it those that vouch for it. */
  readonly cert: string
  readonly key: string
}

export interface CertificatesOptions {
  readonly files: readonly PairFiles[]
  /** Told of each change once: taken, or why not, and then the last good ones stay. */
  readonly heard: (change: { readonly refused?: string; readonly until?: Date }) => void
  /** Default: the clock on the wall. */
  readonly repeat?: Every
}

interface Pair {
  readonly certificate: X509Certificate
  readonly context: SecureContext
  readonly pem: { readonly cert: string; readonly key: string }
}

/** Milliseconds between two looks. A change is believed at the second look that sees it: two files are never written at once. */
const LOOK_EVERY = 1000

/** Certificates by the name that is asked for, read again when their files change. */
export class Certificates implements Disposable {
  readonly #options: CertificatesOptions
  readonly #stop: () => void
  #pairs: readonly Pair[]
  #tried: string
  #seen: string | undefined
  #looking = false
  #changed: () => void = () => undefined

  /** Rejects with an Error that names the option and the file. */
  static async open(options: CertificatesOptions): Promise<Certificates> {
    const texts = await readAll(options.files)
    return new Certificates(options, pairsOf(options.files, texts), stampOf(texts))
  }

  private constructor(options: CertificatesOptions, pairs: readonly Pair[], stamp: string) {
    this.#options = options
    this.#pairs = pairs
    this.#tried = stamp
    this.#stop = (options.repeat ?? every)(LOOK_EVERY, () => void this.look())
  }

  /** The first whose names cover it; where none does, or none is asked for, the first. */
  context(name: string | undefined): SecureContext {
    const found =
      name === undefined ? undefined : this.#pairs.find(({ certificate }) => certificate.checkHost(name) !== undefined)
    return (found ?? this.#first).context
  }

  /** Of the first pair. */
  get pem(): Pair['pem'] {
    return this.#first.pem
  }

  /** When the first of them ends. */
  get until(): Date {
    return new Date(Math.min(...this.#pairs.map(({ certificate }) => certificate.validToDate.getTime())))
  }

  /** @param changed called after others have taken the place of the last ones */
  onChange(changed: () => void): void {
    this.#changed = changed
  }

  /** Looks whether the files changed. Rejects never. */
  async look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const texts = await readAll(this.#options.files)
      const stamp = stampOf(texts)
      const settled = stamp === this.#seen
      this.#seen = stamp
      if (stamp === this.#tried || !settled) return
      this.#tried = stamp
      this.#pairs = pairsOf(this.#options.files, texts)
      this.#changed()
      this.#options.heard({ until: this.until })
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error))
    } finally {
      this.#looking = false
    }
  }

  [Symbol.dispose](): void {
    this.#stop()
  }

  get #first(): Pair {
    return this.#pairs[0] as Pair
  }

  #lastRefusal = ''
  #refuse(refused: string): void {
    if (refused === this.#lastRefusal) return
    this.#lastRefusal = refused
    this.#options.heard({ refused })
  }
}

type Texts = readonly { readonly cert: string; readonly key: string }[]

function readAll(files: readonly PairFiles[]): Promise<Texts> {
  return Promise.all(files.map(async ({ cert, key }) => ({ cert: await text(CERT, cert), key: await text(KEY, key) })))
}

const CERT = 'LABELGATE_GATEWAY_TLS_CERT'
const KEY = 'LABELGATE_GATEWAY_TLS_KEY'

async function text(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why = code === 'ENOENT' ? 'is not there: put it there' : `cannot be read (${code}): let this user read it`
    throw new Error(`${option}: ${path}: ${why}`, { cause: error })
  }
}

function stampOf(texts: Texts): string {
  return hash('sha256', JSON.stringify(texts))
}

function pairsOf(files: readonly PairFiles[], texts: Texts): readonly Pair[] {
  return texts.map((pem, i) => pairOf(files[i] as PairFiles, pem))
}

function pairOf(files: PairFiles, pem: Pair['pem']): Pair {
  const certificate = attempt(() => new X509Certificate(pem.cert), {
    wrong: `${CERT}: ${files.cert}: holds no certificate`,
    mend: 'write it as PEM, the certificate itself first',
  })
  const key = attempt(() => createPrivateKey(pem.key), {
    wrong: `${KEY}: ${files.key}: holds no private key`,
    mend: 'write it as PEM, without a pass phrase',
  })
  if (!certificate.checkPrivateKey(key)) {
    const mend = 'give the key the certificate was made for'
    throw new Error(`${KEY}: ${files.key}: is not the key of ${files.cert}: ${mend}`)
  }
  const context = attempt(() => createSecureContext({ ...pem, minVersion: 'TLSv1.2' }), {
    wrong: `${CERT}: ${files.cert}: cannot be used`,
    mend: 'is its key long enough, and are those that vouch for it whole?',
  })
  return { certificate, context, pem }
}

// what the parser says of a key may show parts of it
function attempt<T>(make: () => T, { wrong, mend }: { wrong: string; mend: string }): T {
  try {
    return make()
  } catch {
    throw new Error(`${wrong}: ${mend}`)
  }
}
