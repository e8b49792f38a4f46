/** HAProxy's HTTP client asks anew where nothing answers: a code that counts once would be spent by the first question. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { doorFiles } from './doors/files.ts'
import { type RunningDoor, startDoor } from './doors/proxies.ts'
import { sendRaw } from './doors/wire.ts'

const running = new AsyncDisposableStack()
let door: RunningDoor
let asked = 0

describeWith(['haproxy'], 'HAProxy asks once', () => {
  beforeAll(async () => {
    const hung = createServer((socket) => {
      socket.on('data', () => (asked += 1)).on('error', () => undefined)
      running.defer(() => void socket.destroy())
    })
    running.defer(() => void hung.close())
    await once(hung.listen(0, '127.0.0.1'), 'listening')
    const listen = { host: '127.0.0.1', port: await freePort() }
    const internalUrl = `http://127.0.0.1:${(hung.address() as AddressInfo).port}`
    const portal = { origin: 'http://auth.example.com', host: 'auth.example.com', secure: false }
    const words = { internalUrl, portal, listen, proxyKey: 'A'.repeat(43), identityHeaders: ['Remote-User'] }
    door = running.use(await startDoor(doorFiles('haproxy', words)))
  })
  afterAll(() => running.disposeAsync())

  test('also where labelgate hangs, and then refuses', async () => {
    const target = '/.labelgate/callback?code=once'
    const request = `GET ${target} HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n`
    const { status } = await sendRaw(door.port, request, { ms: 20_000 })
    expect([status, asked]).toEqual([expect.toSatisfy((it) => it === 503 || it === 504), 1])
  }, 30_000)
})
