// Stands in for a Streamlit app: serves below its path (`--server.baseUrlPath`), shows the headers it got as
// `st.context.headers` has them, and speaks WebSocket at `_stcore/stream`, without which Streamlit shows nothing.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const base = process.argv[2]
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const server = createServer(({ url, headers }, response) => {
  if (url === `${base}/_stcore/health`) return response.end('ok')
  if (url !== base && !url.startsWith(`${base}/`)) return response.writeHead(404).end()
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ app: base, headers }, null, 2))
})

// RFC 6455, for short texts in one frame: each is answered with who is there, and the text
server.on('upgrade', ({ url, headers }, socket) => {
  if (url !== `${base}/_stcore/stream`) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
  const accept = createHash('sha1').update(headers['sec-websocket-key'] + WEBSOCKET).digest('base64')
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
  socket.on('error', () => undefined)
  socket.on('data', (frame) => {
    if ((frame[0] & 15) !== 1) return socket.end()
    const text = frame.subarray(6, 6 + (frame[1] & 127)).map((byte, i) => byte ^ frame[2 + (i % 4)])
    const answer = Buffer.from(`${base} ${headers['x-user']}: ${text.toString()}`)
    socket.write(Buffer.concat([Buffer.from([0x81, answer.length]), answer]))
  })
})
server.listen(8501)

process.on('SIGTERM', () => process.exit())
