/**
 * What of Docker's answers Traefik is shown. docker/ holds what Docker 20.10 said of a running container that has a
 * secret wherever people have some; all of them say SECRET.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCall } from '../../../src/proxy/guard/api.ts'
import { trimContainer, trimEvent, trimRow, trimVersion } from '../../../src/proxy/guard/trim.ts'

type Fields = Readonly<Record<string, unknown>>
const text = (name: string) => readFileSync(join(import.meta.dirname, 'docker', name), 'utf8')
const fields = (name: string) => JSON.parse(text(name)) as Fields
const LABELS = { 'traefik.enable': 'true' }
const call = readCall('GET', '/events')
const ACTIONS = call?.kind === 'events' ? call.actions : []

const PROXY = {
  NetworkID: 'f340661af902da23b6b7d4c8abb5f9a484f2cc95f9427218fc7311702a27c1d5',
  EndpointID: '858d7b6f6366d613ebd458a869938c39f0e6bd5e7a1042866d57d0869aee11e4',
  Gateway: '172.28.0.1',
  IPAddress: '172.28.0.2',
  IPPrefixLen: 16,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
}

test('of a row of the list: how it is called and reached, and the labels that are given', () => {
  expect(trimRow(fields('row.json'), LABELS)).toEqual({
    Id: 'b2a031729e297110389ab8947bed968d9d1f3e9e1540ce27f2a0e08af887da87',
    Names: ['/notes'],
    Image: 'traefik/whoami',
    Created: 1_795_650_686,
    State: 'running',
    Status: 'Up 3 seconds (unhealthy)',
    Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 32_772, Type: 'tcp' }],
    Labels: LABELS,
    HostConfig: { NetworkMode: 'proxy' },
    NetworkSettings: { Networks: { proxy: PROXY } },
  })
})

test('of a container: how it is called, reached and whether it is well, and the labels that are given', () => {
  expect(trimContainer(fields('inspect.json'), LABELS)).toEqual({
    Id: 'b2a031729e297110389ab8947bed968d9d1f3e9e1540ce27f2a0e08af887da87',
    Name: '/notes',
    Created: expect.stringContaining('2026-11-25T'),
    State: {
      Status: 'running',
      Running: true,
      Paused: false,
      Restarting: false,
      Dead: false,
      StartedAt: '2026-11-25T23:51:26.685057211Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      Health: { Status: 'unhealthy' },
    },
    Config: { ExposedPorts: { '80/tcp': {} }, Labels: LABELS },
    HostConfig: { NetworkMode: 'proxy' },
    NetworkSettings: {
      Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '32772' }] },
      IPAddress: '',
      GlobalIPv6Address: '',
      Networks: { proxy: PROXY },
    },
  })
})

test('of a container without health check, or of one that never ran, nothing is made up', () => {
  const { State, ...others } = fields('inspect.json')
  const { Health: _, ...state } = State as Fields
  expect(trimContainer({ ...others, State: state }, {})).not.toHaveProperty('State.Health')
  const bare = { Config: { Labels: {} }, HostConfig: {}, NetworkSettings: { Networks: {} }, State: {} }
  expect(trimContainer({}, {})).toEqual(bare)
  expect(trimContainer({ NetworkSettings: { Networks: null }, Config: null, State: null, HostConfig: 1 }, {})).toEqual(
    bare,
  )
})

test('of the version what a client has to know to speak with it', () => {
  const [Version, ApiVersion, MinAPIVersion] = ['20.10.24+dfsg1', '1.41', '1.12']
  expect(trimVersion(fields('version.json'))).toEqual({
    Version,
    ApiVersion,
    MinAPIVersion,
    Os: 'linux',
    Arch: 'amd64',
  })
})

const EVENTS = text('events.jsonl').trim().split('\n')
const event = (action: string) => EVENTS.find((line) => line.includes(`"Action":"${action}`)) ?? ''

describe('events', () => {
  test('of those of one container, what happened to it passes, and what was done in it does not', () => {
    const shown = EVENTS.flatMap((line) => trimEvent(line, ACTIONS) ?? [])
    expect(shown.map((line) => (JSON.parse(line) as Fields)['Action'])).toEqual([
      'create',
      'start',
      'health_status: unhealthy',
    ])
    expect(EVENTS.length).toBeGreaterThan(shown.length)
  })

  test('an event is cut to what happened to whom, and when', () => {
    const id = 'b2a031729e297110389ab8947bed968d9d1f3e9e1540ce27f2a0e08af887da87'
    const { time, timeNano } = JSON.parse(event('start')) as Fields
    const about = { status: 'start', id, Type: 'container', Action: 'start', scope: 'local' }
    const Actor = { ID: id, Attributes: { name: 'notes' } }
    expect(JSON.parse(trimEvent(event('start'), ACTIONS) ?? '')).toEqual({ ...about, time, timeNano, Actor })
  })

  test('health_status: healthy passes, as it is what Traefik waits for', () => {
    const healthy = event('health_status').replaceAll('unhealthy', 'healthy')
    expect(JSON.parse(trimEvent(healthy, ACTIONS) ?? '')).toMatchObject({ Action: 'health_status: healthy' })
    expect(trimEvent(healthy, ['start'])).toBeUndefined()
  })

  test.for(['exec_create: /bin/sh -c SECRET', 'exec_start: x', 'exec_die', 'exec_detach', 'attach', 'copy', 'top'])(
    '%s never passes, whatever is asked for',
    (action) => {
      const line = JSON.stringify({ ...(JSON.parse(event('start')) as Fields), status: action, Action: action })
      expect(trimEvent(line, ACTIONS)).toBeUndefined()
    },
  )

  test.for(['image', 'network', 'volume', 'service', 'daemon', undefined])('of Type %s none passes', (Type) => {
    expect(trimEvent(JSON.stringify({ ...(JSON.parse(event('start')) as Fields), Type }), ACTIONS)).toBeUndefined()
  })

  test.for(['null', '[]', '1', '{}', '"start"'])('%s is no event', (line) => {
    expect(trimEvent(line, ACTIONS)).toBeUndefined()
  })
})

/** Where each answer may say something; `*` is any name. What lies below such a place is Docker's own. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  row: ['Id', 'Names', 'Image', 'Created', 'State', 'Status', 'Ports', 'HostConfig.NetworkMode', ...networks()],
  container: [
    'Id',
    'Name',
    'Created',
    'HostConfig.NetworkMode',
    'Config.ExposedPorts',
    'State.Health.Status',
    ...['Status', 'Running', 'Paused', 'Restarting', 'Dead', 'StartedAt', 'FinishedAt'].map((name) => `State.${name}`),
    ...['Ports', 'IPAddress', 'GlobalIPv6Address'].map((name) => `NetworkSettings.${name}`),
    ...networks(),
  ],
  version: ['Version', 'ApiVersion', 'MinAPIVersion', 'Os', 'Arch'],
  event: ['status', 'id', 'Type', 'Action', 'scope', 'time', 'timeNano', 'Actor.ID', 'Actor.Attributes.name'],
}
function networks() {
  return Object.keys(PROXY).map((name) => `NetworkSettings.Networks.*.${name}`)
}

/** Every place in a value at which something stands, as a path. */
function places(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...at, key]))]
}

/** The value with something else at that place, or with one more thing below it. */
function planted(value: unknown, [key, ...rest]: readonly string[], what: (old: unknown) => unknown): unknown {
  if (key === undefined) return what(value)
  const copy = Object.assign(Array.isArray(value) ? [] : {}, value) as Record<string, unknown>
  copy[key] = planted(copy[key], rest, what)
  return copy
}

function isShown(kind: string, place: readonly string[]): boolean {
  return (SHOWN[kind] ?? []).some((shown) =>
    shown.split('.').every((part, at) => place[at] !== undefined && (part === '*' || part === place[at])),
  )
}

const TRIMS: Readonly<Record<string, { readonly from: unknown; readonly trim: (value: unknown) => unknown }>> = {
  row: { from: fields('row.json'), trim: (value) => trimRow(value as Fields, {}) },
  container: { from: fields('inspect.json'), trim: (value) => trimContainer(value as Fields, {}) },
  version: { from: fields('version.json'), trim: trimVersion },
  event: { from: JSON.parse(event('start')), trim: (value) => trimEvent(JSON.stringify(value), ACTIONS) },
}

describe.each(Object.entries(TRIMS))('a secret in a %s', (kind, { from, trim }) => {
  test('where Docker says them, is not shown', () => {
    expect(JSON.stringify(trim(from))).not.toContain('SECRET')
  })

  const SECRET = 'hunter2'
  const hidden = (value: unknown) => expect(JSON.stringify(trim(value)) ?? '').not.toContain(SECRET)

  test('in place of anything that is not shown, is not shown either', () => {
    const all = places(from)
    const unseen = all.filter((place) => !isShown(kind, place) && place.length > 0)
    for (const place of unseen) hidden(planted(from, place, () => SECRET))
    for (const place of unseen) hidden(planted(from, place, () => [SECRET]))
    expect(all.length).toBeGreaterThan(unseen.length)
  })

  test('under any name, anywhere in between, is not shown', () => {
    const inBetween = places(from).filter((place) => !isShown(kind, place))
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
      fc.constantFrom('Env', 'Cmd', 'Args', 'Mounts', 'Log', '__proto__', 'constructor', 'toString', 'Labels', 'id '),
    )
    fc.assert(
      fc.property(fc.constantFrom(...inBetween), name, fc.jsonValue({ maxDepth: 1 }), (place, name, beside) => {
        // below NetworkSettings.Networks a name is a network's, and its own
        if (isShown(kind, [...place, name]) || place.at(-1) === 'Networks') return
        const what = { [SECRET]: SECRET, beside }
        hidden(
          planted(from, place, (old) => ({
            ...(typeof old === 'object' ? old : {}),
            ...Object.fromEntries([[name, what]]),
          })),
        )
      }),
      { numRuns: 2000 },
    )
  })
})
