/** What `labelgate render` writes, as it stands. What real proxies make of it is tried in test/e2e/conformance. */
import { describe, expect, test } from 'vitest'
import { renderCaddy } from '../../src/proxy/caddy/render.ts'
import type { DoorOptions } from '../../src/proxy/door/options.ts'
import { renderEnvoy } from '../../src/proxy/envoy/render.ts'
import { renderHaproxyLua } from '../../src/proxy/haproxy/lua.ts'
import { renderHaproxy } from '../../src/proxy/haproxy/render.ts'
import { renderNginx, renderNginxHttp, renderNginxLocation, renderNginxServer } from '../../src/proxy/nginx/render.ts'
import { KEY } from './builder.ts'

const options: DoorOptions = {
  internalUrl: 'http://labelgate:4180',
  proxyKey: KEY,
  portal: { origin: 'https://auth.example.com', host: 'auth.example.com', secure: true },
  identityHeaders: ['Remote-User', 'X-Ptl-User'],
  tokenHeader: 'X-Api-Key',
  listen: { host: '0.0.0.0', port: 443 },
  tls: { certificate: '/tls/cert.pem', key: '/tls/key.pem' },
}
const haproxy = (words: DoorOptions) =>
  renderHaproxy({ ...words, lua: '/etc/haproxy/labelgate.lua', pem: words.tls && '/tls/both.pem' })

const RENDERERS: Readonly<Record<string, (options: DoorOptions) => string>> = {
  'nginx.conf': renderNginx,
  'nginx-http.conf': renderNginxHttp,
  'nginx-server.conf': renderNginxServer,
  'nginx-location.conf': renderNginxLocation,
  Caddyfile: renderCaddy,
  'envoy.yaml': renderEnvoy,
  'haproxy.cfg': haproxy,
  'labelgate.lua': renderHaproxyLua,
}

test.for(Object.entries(RENDERERS))('%s', async ([name, render]) => {
  await expect(render(options)).toMatchFileSnapshot(`golden/doors/${name}`)
})

test.for(Object.entries(RENDERERS))('%s for a portal without TLS says https nowhere', ([, render]) => {
  const portal = { origin: 'http://auth.example.com', host: 'auth.example.com', secure: false }
  expect(render({ ...options, portal, tls: undefined })).not.toMatch(
    /(?:listen|bind).*ssl|https:\/\/:443|DownstreamTls/,
  )
})

test.for(['Caddyfile', 'haproxy.cfg'])('%s takes out what begins as nobody’s header may', (name) => {
  const [before = '', after = ''] = [options, { ...options, reservedHeaders: ['x-ptl-'] }].map((words) =>
    RENDERERS[name]?.(words),
  )
  const added = after.split('\n').filter((line) => !before.split('\n').includes(line))
  expect(added.map((line) => line.trim())).toEqual(
    name === 'haproxy.cfg'
      ? ['http-request del-header ^x[^a-z0-9]ptl[^a-z0-9] -m reg']
      : expect.arrayContaining(['x-ptl-*', 'x_ptl_*', 'x.ptl.*', 'x-ptl_*'].map((it) => `request_header -${it}`)),
  )
})

test('nginx: no name of a variable is longer than nginx has room for, and each header has its own', () => {
  const long = `X-${'Long-'.repeat(12)}`
  const identityHeaders = ['X-Authgear-Session-Authenticated-At', `${long}A`, `${long}B`, 'Remote-User']
  const set = [...renderNginx({ ...options, identityHeaders }).matchAll(/auth_request_set \$(labelgate_h_\w+) /g)]
  const names = set.map(([, name = '']) => name)
  expect(names).toHaveLength(identityHeaders.length + 3)
  expect(new Set(names).size).toBe(names.length)
  expect(Math.max(...names.map(({ length }) => length))).toBe(46)
})

test('envoy.yaml passes it on to us, who refuse it', () => {
  expect(renderEnvoy({ ...options, reservedHeaders: ['x-ptl-'] })).toMatch(/prefix"?: "?x-ptl-/)
})

describe('a text that would mean something to the proxy is refused', () => {
  const all = Object.entries(RENDERERS)
  test.for(all)('%s: a name of a header', ([, render]) => {
    for (const name of ['X-{{a}}', 'X;a', 'X a', 'X"', 'X\nY', 'X$a', 'X`a', ''])
      expect(() => render({ ...options, identityHeaders: [name] }), name).toThrow('a header is named by letters')
  })
  test.for(all.filter(([name]) => ['nginx.conf', 'Caddyfile'].includes(name)))('%s: a path', ([, render]) => {
    for (const key of ['/a b', '/a;b', '/a{b}', '/a\nb', "/a'b", '/$a'])
      expect(() => render({ ...options, tls: { certificate: '/c.pem', key } }), key).toThrow('a path may hold')
  })
})
