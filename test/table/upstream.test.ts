import { expect, test } from 'vitest'
import type { ContainerNetwork } from '../../src/docker/container.ts'
import type { Route } from '../../src/labels/spec.ts'
import { upstreamOf, type Networking } from '../../src/table/upstream.ts'
import { container, type ContainerWords } from '../build/container.ts'

const route: Route = { scheme: 'http', entrypoints: [], tls: false, middlewares: [] }

function reached(words: ContainerWords, by: Partial<Route> = {}, networking: Networking = { own: ['proxy'] }) {
  const { upstream, problem } = upstreamOf(container('app', {}, words), { ...route, ...by }, networking)
  return upstream?.url ?? problem?.reason ?? 'not now'
}

const on = (...networks: readonly string[]): ContainerNetwork[] =>
  networks.map((name, i) => ({ name, address: `172.18.0.${i + 1}` }))

test('a container is reached on its lowest port, by http', () => {
  expect(reached({ ports: [8080, 9090] })).toBe('http://172.18.0.2:8080')
})

test('a label chooses port and scheme', () => {
  expect(reached({ ports: [80] }, { port: 3000, scheme: 'https' })).toBe('https://172.18.0.2:3000')
  expect(reached({ ports: [80] }, { scheme: 'h2c' })).toBe('h2c://172.18.0.2:80')
})

test('a port by label is enough where the image exposes none; without either it is a problem', () => {
  expect(reached({ ports: [] }, { port: 3000 })).toBe('http://172.18.0.2:3000')
  expect(reached({ ports: [] })).toBe('exposes no TCP port, so there is nothing to route to')
})

test('an IPv6 address stands in brackets', () => {
  expect(reached({ networks: [{ name: 'proxy', address: 'fd00::2' }] })).toBe('http://[fd00::2]:80')
})

test.for([
  ['exited', 'none'],
  ['created', 'none'],
  ['paused', 'none'],
  ['restarting', 'none'],
  ['running', 'starting'],
  ['running', 'unhealthy'],
] as const)(
  'a container that is %s with health %s serves nothing for now, and that is no problem',
  ([state, health]) => {
    expect(reached({ state, health })).toBe('not now')
  },
)

test('a healthy container serves', () => {
  expect(reached({ health: 'healthy' })).toBe('http://172.18.0.2:80')
})

test('of several networks the one shared with us is taken, the first by name', () => {
  expect(reached({ networks: on('backend', 'proxy') })).toBe('http://172.18.0.2:80')
  expect(reached({ networks: on('z', 'b', 'a') }, {}, { own: ['a', 'b', 'z'] })).toBe('http://172.18.0.3:80')
})

test('a network it is not connected to yet is no way to reach it', () => {
  expect(reached({ networks: [{ name: 'proxy', address: '' }] })).toBe('shares no network with labelgate')
})

test('where we run on the host, every network of a container is reached', () => {
  expect(reached({ networks: on('backend') }, {}, { own: [] })).toBe('http://172.18.0.1:80')
})

test("the label's network goes before the operator's, and both before what is shared", () => {
  const networks = on('backend', 'edge', 'proxy')
  const networking = { own: ['proxy'], network: 'edge' }
  expect(reached({ networks }, {}, networking)).toBe('http://172.18.0.2:80')
  expect(reached({ networks }, { network: 'backend' }, networking)).toBe('http://172.18.0.1:80')
})

test('a network is found by the name it has in the compose file', () => {
  const words = { networks: on('shop_backend'), service: 'shop/web' }
  expect(reached(words, { network: 'backend' })).toBe('http://172.18.0.1:80')
})

test('a network that was asked for and is not there is never replaced by another', () => {
  expect(reached({ networks: on('proxy') }, { network: 'edge' })).toBe('is not on the network edge')
})

test('a container in the network of the host, of another container, or in none has no address of its own', () => {
  expect(reached({ networkMode: 'host', networks: [] })).toContain('uses the network of the host')
  expect(reached({ networkMode: `container:${'a'.repeat(64)}`, networks: [] })).toBe('shares no network with labelgate')
  expect(reached({ networkMode: 'none', networks: on('none').map((one) => ({ ...one, address: '' })) })).toBe(
    'shares no network with labelgate',
  )
})
