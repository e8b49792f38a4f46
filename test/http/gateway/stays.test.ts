/** What was let in and stands open is asked about again: it ends with the session, and with whatever else let it in. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { answerOf, begin, listening, openGateway } from './fixture.ts'
import { alice } from '../forward/door.ts'

/** An app that takes any WebSocket, and says one event of a stream that never ends. */
async function open() {
  const left: string[] = []
  const server = createServer((req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
    res.once('close', () => left.push(req.url ?? ''))
  })
  new WebSocketServer({ server }).on('connection', (socket) => socket.once('close', () => left.push('socket')))
  const gateway = await openGateway({ ports: [await listening(server)], again: 10 })
  const { portal, app } = await gateway.door.signIn(alice, 'closed.localhost')
  const headers = { Host: 'closed.localhost', Cookie: `labelgate=${app}` }
  const someQuestions = async () => {
    await expect.poll(() => gateway.counts.decided).toBeGreaterThan(5)
  }
  return { ...gateway, headers, left, portal, someQuestions }
}

test('a WebSocket stands as long as its session, and ends at both sides with it', async () => {
  const { port, headers, left, door, portal, someQuestions } = await open()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
  await once(socket, 'open')
  await someQuestions()
  expect(socket.readyState).toBe(WebSocket.OPEN)
  const closed = once(socket, 'close')
  await door.sessions.end(portal)
  await closed
  await expect.poll(() => left).toEqual(['socket'])
})

test('so does a stream of events, and the client sees that it broke off', async () => {
  const { port, headers, left, door, portal, someQuestions } = await open()
  const sent = begin(port, { path: '/events', headers })
  sent.end()
  const answer = await answerOf(sent)
  expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n')
  await someQuestions()
  expect(answer.destroyed).toBe(false)
  const broken = once(answer, 'error')
  await door.sessions.end(portal)
  expect(String((await broken)[0])).toContain('aborted')
  await expect.poll(() => left).toEqual(['/events'])
})

test('where nobody need be somebody, it ends when it is no longer the same one', async () => {
  const { port, left, door, someQuestions } = await open()
  const { portal, app } = await door.signIn(alice, 'app.localhost')
  const headers = { Host: 'app.localhost', Cookie: `labelgate=${app}` }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
  const nobody = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Host: 'app.localhost' } })
  await Promise.all([once(socket, 'open'), once(nobody, 'open')])
  await someQuestions()
  const closed = once(socket, 'close')
  await door.sessions.end(portal)
  await closed
  await expect.poll(() => left).toEqual(['socket'])
  expect(nobody.readyState).toBe(WebSocket.OPEN)
  nobody.terminate()
})

test('what has ended by itself is asked about no more', async () => {
  const { port, headers, counts, someQuestions } = await open()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
  await once(socket, 'open')
  await someQuestions()
  const closed = once(socket, 'close')
  socket.close()
  await closed
  const after = counts.decided
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(counts.decided - after).toBeLessThan(2)
})
