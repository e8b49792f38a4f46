import { describe, expect, test } from 'vitest'
import { KEYS } from '../../src/labels/keys.ts'
import { readLabels } from '../../src/labels/read.ts'
import { labelReference } from '../../src/labels/reference.ts'
import { OPERATOR } from './operator.ts'

function read(labels: Readonly<Record<string, string>>, name = 'web') {
  return readLabels({ name, labels }, OPERATOR)
}

describe('the table of keys', () => {
  const rows = Object.entries(KEYS)
  test.for(rows)('%s reads its own example', ([name, { example, scopes, parameter }]) => {
    const key = [name, ...(parameter === undefined ? [] : ['X-Example'])].join('.')
    const labels: Record<string, string> =
      scopes.includes('app') || scopes.includes('container')
        ? { [`labelgate.${key}`]: example }
        : { [`labelgate.rules.r.${key}`]: example, 'labelgate.rules.r.path': '/r' }
    const beside = name === 'bearer' ? { 'labelgate.accept': 'bearer' } : {}
    expect(read({ ...labels, ...beside }).problems).toEqual([])
  })
  test('a word that people write instead stands for one key, and is none itself', () => {
    const words = rows.flatMap(([, { also }]) => also ?? [])
    expect(new Set(words).size).toBe(words.length)
    expect(words.filter((word) => Object.hasOwn(KEYS, word))).toEqual([])
  })
  test('each is in the reference, with what holds without it and an example', () => {
    const reference = labelReference()
    for (const [name, { sentence, example }] of rows) {
      expect(reference).toContain(name)
      expect(reference).toContain(sentence.replaceAll('|', String.raw`\|`))
      expect(reference).toContain(`\`${example.replaceAll('|', String.raw`\|`)}\``)
    }
  })
  test('the rows of the reference are whole: a bar inside a cell is escaped', () => {
    const lines = labelReference()
      .split('\n')
      .filter((line) => line.startsWith('|'))
    expect(lines.length).toBeGreaterThan(rows.length)
    for (const line of lines) expect(line.match(/(?<!\\)\|/g)).toHaveLength(4)
  })
})

describe('the fingerprint', () => {
  const RULE = 'traefik.http.routers.web.rule'
  const of = (labels: Readonly<Record<string, string>>) => read(labels).apps[0]?.fingerprint

  test.for([
    ['in another order', { 'labelgate.host': 'a.example.com', 'labelgate.tls': 'true' }],
    ['in other letters', { 'LABELGATE.TLS': 'true', 'Labelgate.Host': 'a.example.com' }],
    ['with blanks', { 'labelgate.tls': ' true', 'labelgate.host': 'a.example.com  ' }],
    ['twice', { 'labelgate.tls': 'true', 'Labelgate.tls': 'true', 'labelgate.host': 'a.example.com' }],
    ['beside labels of others', { 'labelgate.tls': 'true', 'labelgate.host': 'a.example.com', team: 'blue' }],
    ['beside a router that is not read', { 'labelgate.tls': 'true', 'labelgate.host': 'a.example.com', [RULE]: 'x' }],
  ] as const)('is the same for the same labels %s', ([, labels]) => {
    expect(of(labels)).toBe(of({ 'labelgate.tls': 'true', 'labelgate.host': 'a.example.com' }))
  })
  test.for([
    [{ 'labelgate.allow': 'group:a' }, { 'labelgate.allow': 'group:b' }],
    [{ 'labelgate.allow': 'group:a' }, { 'labelgate.allow': 'group:a', 'labelgate.tls': 'true' }],
    [{ 'labelgate.enable': 'true' }, { 'labelgate.enable': 'true', [RULE]: 'Host(`web.example.com`)' }],
    [{ 'labelgate.alow': 'x' }, { 'labelgate.alow': 'y' }],
    [{ lablegate: 'true' }, { labelgat: 'true' }],
    [{ 'labelgate.title': 'a', 'labelgate.tls': 'true' }, { 'labelgate.title': 'a","tls","true' }],
  ] as const)('tells %j from %j', ([one, other]) => {
    expect(of(one)).not.toBe(of(other))
  })
  test('tells two apps of one container apart that claim the same', () => {
    const { apps } = read({
      'labelgate.host': 'a.example.com',
      'labelgate.apps.x.host': 'a.example.com',
      'labelgate.apps.x.allow': 'group:admins',
    })
    expect(new Set(apps.map(({ fingerprint }) => fingerprint)).size).toBe(2)
  })
  test('of a container without labels is a word', () => {
    const { apps } = readLabels({ name: 'web', labels: { team: 'blue' } }, { ...OPERATOR, protect: 'all' })
    expect(apps).toMatchObject([{ fingerprint: 'unlabelled', hosts: ['web.example.com'], broken: false }])
  })
})

describe('what an app is called', () => {
  const COMPOSE = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' }
  test.for([
    ['web-1', {}, 'web-1', 'container/web-1'],
    ['shop-web-1', COMPOSE, 'web', 'shop/web'],
    ['shop_web.1.x', { 'com.docker.swarm.service.name': 'shop_web' }, 'shop_web', 'swarm/shop_web'],
    ['x', { 'com.docker.compose.service': 'web' }, 'web', 'container/x'],
  ] as const)('%s with %j is %s, %s', ([name, labels, id, key]) => {
    expect(read({ 'labelgate.enable': 'true', ...labels }, name).apps).toMatchObject([{ id, key, broken: false }])
  })
  test("a further app has its own id, and a key below the container's", () => {
    const { apps } = read({ 'labelgate.enable': 'true', 'labelgate.apps.Admin.port': '9000', ...COMPOSE })
    expect(apps).toMatchObject([{ id: 'admin', key: 'shop/web#admin', card: { title: 'admin' } }])
  })
  test.for(['../x', 'a\nb', '', 'a`b', 'x'.repeat(200), 'a#b', 'a/b'])(
    'a service called %j is no service',
    (service) => {
      const { apps, problems } = read({ ...COMPOSE, 'com.docker.compose.service': service, 'labelgate.enable': 'true' })
      expect(apps).toMatchObject([{ id: 'web', key: 'container/web', broken: true }])
      expect(problems).toHaveLength(1)
    },
  )
})

test("most apps share the very array of the operator's headers", () => {
  expect(read({ 'labelgate.enable': 'true' }).apps[0]?.headers).toBe(OPERATOR.defaultHeaders)
})

test('a problem says where, what, why and what instead', () => {
  expect(read({ 'Labelgate.Alow': 'group:admins' }, 'shop-web-1').problems).toEqual([
    {
      severity: 'error',
      container: 'shop-web-1',
      key: 'Labelgate.Alow',
      value: 'group:admins',
      reason: 'is not a key of ours',
      mend: 'did you mean labelgate.allow?',
    },
  ])
})
