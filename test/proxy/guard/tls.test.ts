/** The guard by TLS: to whoever trusts its certificate, or only to who shows one of the authority that is named. */
import { connect } from 'node:tls'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, makeCertificate } from '../../e2e/certificate.ts'
import { row } from '../../docker/rows.ts'
import { Guarding } from './guarding.ts'

let own: Certificate
let traefik: Certificate
let stranger: Certificate
beforeAll(async () => {
  const names = ['localhost', 'traefik', 'traefik']
  ;[own, traefik, stranger] = (await Promise.all(names.map((name) => makeCertificate([name])))) as [
    Certificate,
    Certificate,
    Certificate,
  ]
})
const shown = ({ certificate: cert, key }: Certificate) => ({ cert, key })

/** One call by plain TCP, whatever comes back. */
async function plain(port: number): Promise<string> {
  const { connect } = await import('node:net')
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n')
  return text(socket).catch(() => '')
}

describe('with a certificate', () => {
  let it: Guarding
  beforeAll(async () => {
    it = await Guarding.start({ tls: { cert: own.certificate, key: own.key } })
    it.docker.rows = [row(1)]
  })
  afterAll(() => it[Symbol.asyncDispose]())

  test('who trusts it is answered, and hears events', async () => {
    expect((await it.ask('/containers/json', { ca: own.certificate })).status).toBe(200)
    const answer = await it.open('/events', { ca: own.certificate })
    it.server.nudge()
    const [chunk] = (await once(answer, 'data')) as [Buffer]
    expect(String(chunk)).toContain('health_status')
    answer.destroy()
  })

  test('who trusts another does not go on', async () => {
    await expect(it.ask('/containers/json', { ca: traefik.certificate })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
  })

  test('who does not speak TLS learns nothing', async () => {
    expect(await plain(it.port)).not.toContain('200')
  })

  test('what it does not pass on is refused all the same', async () => {
    expect((await it.ask('/images/json', { ca: own.certificate })).status).toBe(403)
  })

  test('TLS 1.1 is too old', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const
    const ciphers = 'DEFAULT@SECLEVEL=0'
    const socket = connect({ port: it.port, host: '127.0.0.1', ca: own.certificate, ciphers, ...old })
    await expect(once(socket, 'secureConnect')).rejects.toMatchObject({
      code: expect.stringMatching(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/),
    })
  })
})

describe('with an authority for those who ask', () => {
  let it: Guarding
  beforeAll(async () => {
    it = await Guarding.start({ tls: { cert: own.certificate, key: own.key, clientCa: traefik.certificate } })
    it.docker.rows = [row(1)]
  })
  afterAll(() => it[Symbol.asyncDispose]())
  const ask = (more: object) => it.ask('/containers/json', { ca: own.certificate, ...more })

  test('who shows a certificate of it is answered', async () => {
    expect((await ask(shown(traefik))).status).toBe(200)
  })

  test('who shows none, or one of another of the same name, is nobody', async () => {
    const calls = it.docker.calls.length
    await expect(ask({})).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/)
    await expect(ask(shown(stranger))).rejects.toThrow(/alert|ECONNRESET|socket hang up|EPIPE/)
    expect(it.docker.calls).toHaveLength(calls)
    expect(it.refused).toEqual([])
  })
})
