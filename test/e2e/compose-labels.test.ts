import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCompose } from '../../src/cli/compose.ts'
import { describeWith } from '../parts.ts'

const TEXT = String.raw`
name: shop
x-auth: &auth
  labelgate.allow: group:admins
  number: 8080
  fraction: 1.50
  hex: 0x1F
  octal: 0o17
  word: yes
  bool: True
  time: 12:30:45
  nothing:
  tilde: ~
  big: 12345678901234567890
  exponent: 1e3
  quoted: "true"
services:
  map:
    image: x
    labels:
      <<: *auth
      quoted: "false"
      a: ${'${NONE:-d}${HOST}$$x'}
      b: ${'${NONE-${HOST:-z}}'}
      c: ${'"${EMPTY:+s}${EMPTY+t}${EMPTY-u}${EMPTY:-v}"'}
      d: ${'"${NONE:-a}b}${NONE:-a{b}c}"'}
      e: ${'"a $ b, $-x, $1, ^x$"'}
  list:
    image: x
    labels:
      - a=b
      - a=c
      - e
      - labelgate.host=${'${HOST}'}
      - 'q="x"'
      - " lead=x "
`
const ENV = { HOST: 'app.example.com', EMPTY: '' }

describeWith(['compose'], 'a compose file is read as compose reads it', () => {
  test('labels as maps, as lists, by merges, with variables', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-compose-'))
    const file = join(folder, 'compose.yaml')
    try {
      await writeFile(file, TEXT)
      const { stdout } = await execa('docker', ['compose', '-f', file, 'config', '--format', 'json'], { env: ENV })
      const { services } = JSON.parse(stdout) as { services: Record<string, { labels: Record<string, string> }> }
      const reading = readCompose(TEXT, file, ENV)
      expect(reading.problems).toEqual([])
      const ours = reading.services.map(({ labels }) => labels)
      expect(ours).toEqual(
        ['map', 'list'].map((service) => ({
          // compose writes a dollar sign as it would be read again
          ...Object.fromEntries(
            Object.entries(services[service]?.labels ?? {}).map(([key, value]) => [key, value.replaceAll('$$', '$')]),
          ),
          'com.docker.compose.project': 'shop',
          'com.docker.compose.service': service,
        })),
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
