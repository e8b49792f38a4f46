import { describe, expect, test } from 'vitest'
import { readCompose } from '../../src/cli/compose.ts'
import { readLabels } from '../../src/labels/read.ts'
import { OPERATOR } from '../labels/operator.ts'

const FILE = '/srv/My.Shop/compose.yaml'

function read(text: string, env: Readonly<Record<string, string>> = {}, file = FILE) {
  return readCompose(text, file, env)
}

/** The labels that stand in the file, without those compose adds. */
function labelsOf(text: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { services } = read(text, env)
  const labels: Readonly<Record<string, string>> = services[0]?.labels ?? {}
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith('com.docker.')))
}

test('a service is the container it will be', () => {
  const { services, problems } = read(`
name: shop
services:
  web:
    image: traefik/whoami
    labels:
      labelgate.allow: group:admins
`)
  expect(problems).toEqual([])
  expect(services).toEqual([
    {
      name: 'shop-web-1',
      labels: {
        'labelgate.allow': 'group:admins',
        'com.docker.compose.project': 'shop',
        'com.docker.compose.service': 'web',
      },
      line: 4,
      lines: new Map([['labelgate.allow', 7]]),
      service: 'web',
      swarm: false,
      body: new Map<string, unknown>([
        ['image', 'traefik/whoami'],
        ['labels', new Map([['labelgate.allow', 'group:admins']])],
      ]),
    },
  ])
  expect(services.map((service) => readLabels(service, OPERATOR).apps[0]?.key)).toEqual(['shop/web'])
})

describe('labels', () => {
  test.for([
    ['as a map', '{a: b, labelgate.tls: true, n: 8080, f: 1.50, e: , big: 12345678901234567890}'],
    ['as a list', '["a=b", labelgate.tls=true, n=8080, f=1.5, e, big=12345678901234567890]'],
  ] as const)('are read %s, with everything made text as compose does', ([, labels]) => {
    expect(labelsOf(`services: {web: {labels: ${labels}}}`)).toEqual({
      a: 'b',
      'labelgate.tls': 'true',
      n: '8080',
      f: '1.5',
      e: '',
      big: '12345678901234567890',
    })
  })
  test('keep what YAML 1.1 would have made into something else', () => {
    expect(labelsOf('services: {web: {labels: {a: no, b: off, c: 12:30:45, d: 2026-11-22, e: 0o17}}}')).toEqual({
      a: 'no',
      b: 'off',
      c: '12:30:45',
      d: '2026-11-22',
      e: '15',
    })
  })
  test('come out of anchors and merge keys', () => {
    const text = `
x-auth: &auth
  labelgate.allow: group:admins
  labelgate.tls: "true"
services:
  web:
    labels:
      <<: *auth
      labelgate.tls: "false"
  api:
    labels: *auth
  both:
    labels:
      <<: [*auth, {extra: x}]
`
    const { services, problems } = read(text)
    expect(problems).toEqual([])
    expect(services.map(({ labels }) => labels)).toMatchObject([
      { 'labelgate.allow': 'group:admins', 'labelgate.tls': 'false' },
      { 'labelgate.allow': 'group:admins', 'labelgate.tls': 'true' },
      { 'labelgate.allow': 'group:admins', 'labelgate.tls': 'true', extra: 'x' },
    ])
    expect(Object.fromEntries(services[0]?.lines ?? [])).toEqual({ 'labelgate.allow': 3, 'labelgate.tls': 9 })
  })
  test('of a service that is itself an alias', () => {
    const { services } = read('services: {a: &a {labels: {x: y}}, b: *a}')
    expect(services.map(({ name, labels }) => [name, labels['x']])).toEqual([
      ['myshop-a-1', 'y'],
      ['myshop-b-1', 'y'],
    ])
  })
  test("of Swarm are those of another container, the service's", () => {
    const { services } = read('services: {web: {deploy: {labels: ["labelgate.tls=true"]}}}')
    expect(services.map(({ name, labels }) => ({ name, labels }))).toEqual([
      {
        name: 'myshop-web-1',
        labels: { 'com.docker.compose.project': 'myshop', 'com.docker.compose.service': 'web' },
      },
      {
        name: 'myshop_web',
        labels: { 'labelgate.tls': 'true', 'com.docker.swarm.service.name': 'myshop_web' },
      },
    ])
  })
  test('called __proto__ are labels like others', () => {
    const { services } = read('services: {web: {labels: {__proto__: x, constructor: y}}}')
    expect(Object.getOwnPropertyNames(services[0]?.labels)).toContain('__proto__')
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
  test("that take the place of compose's own do not", () => {
    const { services } = read('services: {web: {labels: {com.docker.compose.service: other}}}')
    expect(services[0]?.labels['com.docker.compose.service']).toBe('web')
  })
})

describe('variables', () => {
  test('are put into values, in lists into whole items', () => {
    const env = { HOST: 'app.example.com', KEY: 'labelgate.host' }
    expect(labelsOf('services: {web: {labels: {labelgate.host: "${HOST}", $KEY: a$$b}}}', env)).toEqual({
      'labelgate.host': 'app.example.com',
      $KEY: 'a$b',
    })
    expect(labelsOf('services: {web: {labels: ["$KEY=${HOST}"]}}', env)).toEqual({
      'labelgate.host': 'app.example.com',
    })
  })
  test('that are not set are empty, and a warning', () => {
    expect(read('services: {web: {labels: ["labelgate.host=${HOST}"]}}').problems).toEqual([
      {
        severity: 'warning',
        container: 'myshop-web-1',
        key: 'labelgate.host',
        reason: 'has the variable HOST, which is not set and counts as empty',
        mend: 'set HOST',
      },
    ])
  })
  test('that are needed and not set are errors', () => {
    expect(read('services: {web: {labels: {labelgate.host: "${HOST:?the host}"}}}').problems).toEqual([
      {
        severity: 'error',
        container: 'myshop-web-1',
        key: 'labelgate.host',
        reason: 'needs the variable HOST: the host',
      },
    ])
  })
})

describe('names', () => {
  test.for([
    ['the folder', '', {}, 'myshop-web-1'],
    ['name:', 'name: shop\n', {}, 'shop-web-1'],
    ['name: with a variable', 'name: shop-${STAGE:-dev}\n', {}, 'shop-dev-web-1'],
    ['COMPOSE_PROJECT_NAME', 'name: shop\n', { COMPOSE_PROJECT_NAME: 'other' }, 'other-web-1'],
  ] as const)('of projects come from %s', ([, name, env, expected]) => {
    expect(read(`${name}services: {web: {}}`, env).services[0]?.name).toBe(expected)
  })
  test('of containers are what container_name says', () => {
    const { services } = read('services: {web: {container_name: "front-${N:-1}"}}')
    expect(services[0]?.name).toBe('front-1')
  })
})

describe('what cannot be read is said', () => {
  test.for([
    ['', 'has no services'],
    ['a: b', 'has no services'],
    ['- a', 'has no services'],
    ['services: x', 'has no services'],
    ['services: {web: {labels: {a: 1, a: 2}}}', 'is not valid YAML: Map keys must be unique at line 1, column 33'],
    [
      'services: {web: {labels: {a: *b}}}',
      'cannot be read: Unresolved alias (the anchor must be set before the alias): b',
    ],
    ['services: {a: {}}\n---\nservices: {b: {}}', 'holds several documents'],
    ['services:\n\tweb: {}', 'is not valid YAML: Tabs are not allowed as indentation at line 2, column 1'],
    [`#${'x'.repeat(5 * 1024 * 1024)}`, 'is larger than 4 MiB'],
  ] as const)('%j', ([text, reason]) => {
    expect(read(text)).toMatchObject({ services: [], problems: [{ severity: 'error', container: FILE, reason }] })
  })
  test.for([
    ['labels: x', 'labels', 'is neither a map nor a list'],
    ['labels: {a: {b: c}}', 'a', 'is no text'],
    ['labels: [{a: b}]', 'labels', 'is no text'],
    ['labels: {a: [b]}', 'a', 'is no text'],
    ['labels: ["a=${"]', 'a', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ] as const)('%s', ([body, key, reason]) => {
    const { problems } = read(`services: {web: {${body}}}`)
    expect(problems).toMatchObject([{ severity: 'error', container: 'myshop-web-1', key, reason }])
  })
  test('in one line, whatever the file holds', () => {
    const { problems } = read(String.raw`services: {"a\nb": {labels: {"x\ty\u202e": [1]}}}`)
    expect(problems).toMatchObject([{ container: String.raw`myshop-a\u{a}b-1`, key: String.raw`x\u{9}y\u{202e}` }])
  })
  test('labels that come from elsewhere are a warning that names the way to see them', () => {
    const { problems } = read('include: [a.yaml]\nservices: {web: {extends: {service: x}, label_file: ./l}}')
    expect(problems.map(({ severity, key }) => [severity, key])).toEqual([
      ['warning', 'include'],
      ['warning', 'extends'],
      ['warning', 'label_file'],
    ])
    expect(problems[0]?.mend).toContain('docker compose config')
  })
  test('an alias bomb is refused without being unfolded', () => {
    const levels = Array.from({ length: 30 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    )
    const before = process.memoryUsage().heapUsed
    const { services, problems } = read(`${levels.join('\n')}\nservices: {web: {labels: *a29}}`)
    expect(services).toEqual([])
    expect(problems).toMatchObject([
      { severity: 'error', reason: 'cannot be read: Excessive alias count indicates a resource exhaustion attack' },
    ])
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024)
  })
  test('an alias that leads back to itself ends', () => {
    const { problems } = read('services: {web: &w {labels: {a: *w}}}')
    expect(problems).toMatchObject([{ key: 'a', reason: 'is no text' }])
    expect(read('services: {web: {labels: &l [*l]}}').problems).toMatchObject([{ reason: 'is no text' }])
  })
  test('three hundred services may share one anchor', () => {
    const services = Array.from({ length: 300 }, (_, index) => `  s${index}: {labels: *a}`).join('\n')
    const reading = read(`x: &a {labelgate.tls: "true"}\nservices:\n${services}`)
    expect(reading.problems).toEqual([])
    expect(reading.services).toHaveLength(300)
  })
})
