import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Log } from '../../src/log.ts'
import { ShownOnPurpose } from '../../src/redact.ts'
import { lines } from './lines.ts'

const ID = 'pQ7dV0mXk2RrT9sYcB4nH6jL1wZ8aE3fG5uI_oK-xMv'
const PART = 'kYz4Wq'

/** What must not be read, and the text in which it stands. */
const SECRETS: Readonly<Record<string, readonly [secret: string, text: string]>> = {
  'a session cookie': [ID, `__Host-labelgate=${ID}; theme=dark`],
  'a cookie over plain http': ['short', 'labelgate=short'],
  'the cookie of a device': ['v1.abcdef', 'Cookie: a=b; __Host-labelgate-device=v1.abcdef'],
  'an id or a key': [ID, `no session ${ID} any more`],
  'a token': ['lg_a1', 'token lg_a1 is unknown'],
  'a bearer token': ['abcdef0123', 'Bearer abcdef0123'],
  'Basic credentials': ['YWxpY2U6cGFzcw==', 'authorization: Basic YWxpY2U6cGFzcw=='],
  'credentials in capitals': ['YWxpY2U6cGFzcw==', 'BASIC YWxpY2U6cGFzcw=='],
  'a JWT': ['eyJhbGciOiJIUzI1NiJ9', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'],
  'a password hash': ['c29tZXNhbHQ', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA'],
  'a capability address': [PART, `http://labelgate:4180/auth/forward/${PART}/app`],
  'a query': [PART, `GET https://auth.example.com/login?rd=${PART}`],
  'a fragment': [PART, `https://auth.example.com/setup#${PART}`],
  'a user name and password in an address': [PART, `redis://user:${PART}@redis.example.com:6379/0`],
  'a form': ['hunter2', 'cannot read username=alice&password=hunter2'],
  'a body of JSON': ['hunter2', 'cannot read {"username":"alice","password": "hunter2"}'],
  'a code': ['abc', 'callback with code=abc'],
}

const level = (log: Log, fields: object, sentence = 'said') => log.info(fields, sentence)

/** Every way a text gets into a line. */
const PLACES: Readonly<Record<string, (log: Log, text: string) => void>> = {
  'in the sentence': (log, text) => level(log, {}, text),
  'in a field': (log, text) => level(log, { detail: text }),
  'as the name of a field': (log, text) => level(log, { by: { [text]: 1 } }),
  'in a list, deep': (log, text) => level(log, { a: [{ b: [text] }] }),
  'in an error': (log, text) => level(log, { err: new Error(text) }),
  'as an error alone': (log, text) => level(log, new TypeError(text)),
  'in a cause of a cause': (log, text) =>
    level(log, { err: new Error('a', { cause: new Error('b', { cause: text }) }) }),
  'in the name of an error': (log, text) => level(log, { err: Object.assign(new Error('a'), { name: text }) }),
  'in a further field of an error': (log, text) => level(log, { err: Object.assign(new Error('a'), { body: text }) }),
  'in a child log': (log, text) => level(log.child({ of: text }), {}),
  'in a child of a child': (log, text) => level(log.child({}).child({ err: new Error(text) }), {}),
  'in a request': (log, text) => level(log, { req: new Request('http://a.example/', { headers: { 'x-a': text } }) }),
  'in a map and a set': (log, text) => level(log, { map: new Map([[text, text]]), set: new Set([text]) }),
  'in a buffer': (log, text) => level(log, { body: Buffer.from(text) }),
  'behind a getter': (log, text) =>
    level(log, {
      get later() {
        return text
      },
    }),
  'behind a proxy': (log, text) =>
    level(
      log,
      new Proxy(
        {},
        {
          ownKeys: () => ['a'],
          getOwnPropertyDescriptor: () => ({ value: text, enumerable: true, configurable: true }),
          get: () => text,
        },
      ),
    ),
  'in what toJSON of an object gives': (log, text) => level(log, { a: { toJSON: () => text } }),
  'in what toJSON of a function gives': (log, text) =>
    level(log, { a: Object.assign(() => 1, { toJSON: () => text }) }),
  'in the name of a class': (log, text) => {
    const made = {
      [text]: class {
        readonly a = 1
      },
    }[text]
    level(log, { a: made && new made() })
  },
  'in an object of a class': (log, text) =>
    level(log, {
      a: new (class Held {
        text = text
      })(),
    }),
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

test.for(
  Object.entries(SECRETS).flatMap(([what, [secret, text]]) =>
    Object.entries(PLACES).map(([where, put]) => ({ what, where, secret, text, put })),
  ),
)('$what $where is not to be read in the log', ({ secret, text, put }) => {
  const { log, text: written, all } = lines()
  put(log, text)
  expect(all()).toHaveLength(1)
  expect(written()).not.toContain(secret)
  // nor as bytes, which some ways to write a buffer would show
  expect(written()).not.toContain(Buffer.from(secret).toString('base64'))
})

test.for(LEVELS)('%s keeps secrets, as the others do', (name) => {
  const { log, text } = lines()
  log[name]({ detail: ID, err: new Error(ID) }, ID)
  expect(text()).toContain(`"level":"${name}"`)
  expect(text()).not.toContain(ID)
})

test.for([
  'password',
  'newPassword',
  'passwordHash',
  'password_hash',
  'token',
  'Authorization',
  'Proxy-Authorization',
  'cookie',
  'set-cookie',
  'Cookies',
  'rawHeaders',
  'clientSecret',
  'proxyKey',
  'master',
  'nonce',
  'code',
  'sess',
  'X-Api-Key',
])('the field %s is not shown, whatever it holds', (name) => {
  for (const value of ['plain words', ['plain words'], { deep: 'plain words' }, 12]) {
    const { log, all, text } = lines()
    log.info({ [name]: value, inner: { [name]: value } }, 'said')
    expect(all()[0]).toMatchObject({ [name]: '***', inner: { [name]: '***' } })
    expect(text()).not.toContain('plain words')
  }
})

test('no place of a line shows a key we hold, whoever came to know it later', () => {
  const secrets = new Set<string>()
  const { log, text } = lines({ secrets })
  const child = log.child({ base: 'of-letters-alone-a' })
  secrets.add('of-letters-alone-a').add('short')
  log.info(
    { 'of-letters-alone-a': { a: 'x-of-letters-alone-a-y' }, err: new Error('of-letters-alone-a') },
    'a short word',
  )
  child.info({}, 'of-letters-alone-a')
  expect(text()).not.toContain('of-letters-alone-a')
  expect(text()).toContain('a short word')
})

const hostile: Readonly<Record<string, () => object>> = {
  'a getter that throws': () => ({
    get a() {
      throw new Error(ID)
    },
  }),
  'a proxy that throws': () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(ID)
        },
      },
    ),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({ a: ID }, {})
    revoke()
    return { proxy }
  },
  'an error whose message throws': () =>
    Object.defineProperty(new Error('a'), 'message', {
      get: () => {
        throw new Error(ID)
      },
    }),
  'an error whose message is no text': () => Object.assign(new Error('a'), { message: { ID } }),
  'an object of no maker': () => ({ a: Object.create(Object.create(null) as object) as object }),
  'an object in itself': () => {
    const a: Record<string, unknown> = { id: ID }
    a['a'] = a
    return a
  },
  'an error that causes itself': () => {
    const err = new Error(ID)
    err.cause = err
    return { err }
  },
  'a depth of thousands': () => {
    let a: object = { id: ID }
    for (let i = 0; i < 5000; i++) a = { a }
    return a
  },
  'a symbol and a big number': () => ({ a: Symbol(ID), b: 10n ** 30n }),
  'an invalid date': () => ({ at: new Date(Number.NaN) }),
}

test.for(Object.entries(hostile))('%s neither ends the log nor shows anything', ([, make]) => {
  const { log, text, all } = lines()
  log.info(make(), 'said')
  log.child(make()).info({}, 'said')
  expect(all()).toMatchObject([{ msg: 'said' }, { msg: 'said' }])
  expect(text()).not.toContain(ID)
})

test('what cannot be looked into costs no other field', () => {
  const { log, all } = lines()
  log.info({ a: Object.create(Object.create(null) as object), b: 'stays' }, 'said')
  expect(all()).toMatchObject([{ a: '[object]', b: 'stays' }])
})

test('a long text is cut between words, so that no half of a secret stays', () => {
  for (const length of [8100, 8149, 8150, 8170, 8192, 9000]) {
    const { log, text } = lines()
    log.info({ detail: `${'a '.repeat(length / 2)}${ID} end` }, 'said')
    expect(text()).not.toContain(ID.slice(0, 20))
  }
})

test.for(['/', 'labelgate', 'basic ', '//', '/?', 'eyJ', 'password=', '$argon2', 'a-'])(
  'a request full of %j is written down in no time',
  (piece) => {
    const { log } = lines()
    const long = piece.repeat((64 * 1024) / piece.length)
    const started = performance.now()
    log.info({ url: long, detail: long, err: new Error(long) }, long)
    expect(performance.now() - started).toBeLessThan(200)
  },
)

const words = fc.constantFrom('', 'a', 'session ', ' of ', '"', 'url=/x', '{', ': ', '\n', ', ')
const secretId = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((seed) => createHash('sha256').update(seed).digest('base64url'))
  .filter((id) => /[A-Z]/.test(id) && /\d/.test(id))
const { value } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constant('SECRET'),
    fc.tuple(words, words).map(([a, b]) => `${a} SECRET ${b}`),
    fc.integer(),
    fc.constant(null),
    fc.date(),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.constant('SECRET'), fc.constantFrom('a', 'msg', 'time', 'level', '__proto__', 'err', 'url', 'path')),
      tie('value'),
      { maxKeys: 4, noNullPrototype: false },
    ),
    tie('value').map((cause) => new Error('of SECRET', { cause })),
    tie('value').map((inner) => new Map([['SECRET', inner]])),
  ),
}))

/** The shape with the secret in all its places. */
function filled(shape: unknown, secret: string): unknown {
  if (typeof shape === 'string') return shape.replaceAll('SECRET', secret)
  if (Array.isArray(shape)) return shape.map((item) => filled(item, secret))
  if (shape instanceof Error)
    return new Error(shape.message.replaceAll('SECRET', secret), { cause: filled(shape.cause, secret) })
  if (shape instanceof Map)
    return new Map([...shape].map(([key, inner]) => [filled(key, secret), filled(inner, secret)]))
  if (typeof shape !== 'object' || shape === null || shape instanceof Date) return shape
  return Object.fromEntries(Object.entries(shape).map(([key, inner]) => [filled(key, secret), filled(inner, secret)]))
}

test('an id of ours is not to be read, whatever the shape it is logged in', () => {
  fc.assert(
    fc.property(value, secretId, (shape, secret) => {
      const { log, text, all } = lines()
      const fields = filled({ shape }, secret) as object
      log.info(fields, `said of ${secret}`)
      log.child(fields).warn({}, 'said')
      expect(text()).not.toContain(secret)
      expect(all()).toHaveLength(2)
    }),
  )
})

test('what is shown on purpose is shown', () => {
  const { log, all } = lines()
  const link = `https://auth.example.com/setup?token=${randomBytes(32).toString('base64url')}`
  log.info({ link: new ShownOnPurpose(link) }, 'make the first account')
  expect(all()).toEqual([{ level: 'info', time: '2026-11-25T12:00:00.000Z', link, msg: 'make the first account' }])
})

test.for([
  'labelgate.allow=group:admins, email:*@example.com, claim:dept=it',
  'labelgate.rules.admin.public=GET|HEAD /assets/**',
  'labelgate.accept=session, token',
  'labelgate.headers.X-Role="admin"',
  'connect ECONNREFUSED 172.18.0.2:6379',
  'whoami-7d4b9c-blue_1 claims app.example.com/api, and so does other',
  'traefik.http.routers.app.rule: Host(`app.example.com`) && PathPrefix(`/api`)',
  'basic authentication and bearer tokens are not available yet',
])('what a person needs stays to be read: %s', (text) => {
  const { log, all } = lines()
  log.info({ detail: text }, text)
  expect(all()).toMatchObject([{ detail: text, msg: text }])
})

test('an error keeps its type, its code and its causes', () => {
  const { log, all } = lines()
  const cause = Object.assign(new TypeError('deeper'), { code: 'ECONNREFUSED' })
  log.error({ err: new RangeError('upper', { cause }) }, 'said')
  log.error(new RangeError('upper', { cause }), 'said')
  const err = {
    type: 'RangeError',
    message: 'upper',
    cause: { type: 'TypeError', message: 'deeper', code: 'ECONNREFUSED' },
  }
  expect(all()).toMatchObject([{ err }, { err }])
})

test('lines below the level are not written', () => {
  const { log, all } = lines({ level: 'warn' })
  log.info({}, 'not this')
  log.child({}).debug({}, 'nor this')
  log.warn({}, 'but this')
  expect(all()).toMatchObject([{ msg: 'but this' }])
})
