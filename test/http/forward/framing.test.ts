/** Where a request ends, and where a line does: one reading, or none. */
import { describe, expect, test } from 'vitest'
import { fwd, type Line } from '../../threats/fixture.ts'
import { FORWARD, KEY, openDoor, question, sent, stillGood } from './door.ts'

const PATH = `${FORWARD}/${KEY}`
const OPEN = fwd('public.example.com', '/')
const text = (lines: readonly Line[]) => lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')

describe('I-15 one reading of where a request ends', () => {
  const smuggled = question(OPEN)
  const framed = (lines: string) =>
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${text(fwd('admin.example.com', '/'))}${lines}\r\n`
  test.for([
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
    'Transfer-Encoding: chunked, identity\r\n',
    'Transfer-Encoding: chunked, chunked\r\n',
    'Transfer-Encoding: identity\r\n',
    'Transfer-Encoding: xchunked\r\n',
    'Transfer-Encoding: "chunked"\r\n',
    'Transfer-Encoding: chunked;q=1\r\n',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
    'Transfer-Encoding:\r\n chunked\r\n',
    'Content-Length: 5\r\nContent-Length: 6\r\n',
    'Content-Length: +5\r\n',
    'Content-Length: 5,5\r\n',
    'Content-Length: 0x5\r\n',
    'Content-Length: 5 5\r\n',
    'Content-Length: -5\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Content-Length:\r\n',
    'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n',
  ])('%j: refused, and what follows is never answered', async (lines) => {
    const door = await openDoor()
    const answers = await sent(door, `${framed(lines)}${smuggled}`)
    expect(answers.map(({ status }) => status).filter((status) => status < 400)).toEqual([])
    expect(answers.length).toBeLessThanOrEqual(2)
    await stillGood(door)
  })

  test.for(['\tchunked', 'Chunked', 'gzip, chunked'])(
    '%j is chunked, and what is inside is no request',
    async (coding) => {
      const door = await openDoor()
      const inside = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
      const answers = await sent(door, `${framed(`Transfer-Encoding: ${coding}\r\n`)}${inside}`)
      expect(answers.map(({ status }) => status)).toEqual([401])
    },
  )
})

describe('I-16 lines end in CRLF and begin with a name', () => {
  const lines = text(fwd('admin.example.com', '/'))
  test.for([
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\nX-A: b\rX-Forwarded-User: bob\r\n${lines}\r\n`,
    `GET ${PATH} HTTP/1.1\nHost: x\n${text(OPEN).replaceAll('\r\n', '\n')}\n`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n\rX-Forwarded-Host: public.example.com\r\n${lines}\r\n`,
    `GET ${PATH} HTTP/1.1\r\n Content-Length: 5\r\nHost: x\r\n${text(OPEN)}\r\nhello`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN).replace('Uri: /', 'Uri: /public\r\n /admin')}\r\n`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN).replace('Host:', 'Host :')}\r\n`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN)}X-Forwarded-Host\r\n\r\n`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN)}X-\x00: y\r\n\r\n`,
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN).replace('public.', '\x00public.')}\r\n`,
    `GET ${PATH} HTTP/1.1 x\r\nHost: x\r\n${text(OPEN)}\r\n`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  ])('%j', async (bytes) => {
    const door = await openDoor()
    const answers = await sent(door, bytes)
    expect(answers.filter(({ status }) => status < 400)).toEqual([])
    await stillGood(door)
  })
})
