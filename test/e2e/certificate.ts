/** A certificate that vouches for itself alone, for tests that speak TLS as people's browsers do. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Certificate {
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** What Chromium's `--ignore-certificate-errors-spki-list` takes: it trusts this key, and no other. */
  readonly spki: string
}

/** @param names host names it is for, `*.example.test` too */
export async function makeCertificate(names: readonly string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-certificate-'))
  try {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
    const subject = ['-subj', '/CN=labelgate test', '-addext', `subjectAltName=${names.map((n) => `DNS:${n}`).join()}`]
    await execa('openssl', ['req', '-x509', ...curve, '-out', certificate, '-days', '2', ...subject])
    const pem = await readFile(certificate, 'utf8')
    const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
    return {
      certificate: pem,
      key: await readFile(key, 'utf8'),
      spki: createHash('sha256').update(spki).digest('base64'),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
