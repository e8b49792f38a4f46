/** Group F of the collection: JWTs that must not be believed, and those that must. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { CompactEncrypt, CompactSign, type JWTPayload } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { BearerVerifier } from '../../../src/identity/bearer/verifier.ts'
import { unusable } from '../../../src/identity/bearer/keys.ts'
import { NOW } from '../../build/people.ts'
import { CLAIMS, config, ISSUER, jwtsOf, publisher, SECONDS, sign, signer, type Signer } from './issuer.ts'

const MINUTE = 60_000
let key: Signer
let rsa: Signer
let stranger: Signer
beforeAll(async () => {
  ;[key, rsa, stranger] = await Promise.all([signer('k1'), signer('r1', 'RS256'), signer('k1')])
})

const text = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const trusting = () => jwtsOf(publisher(key.jwk, rsa.jwk))

describe('a good token', () => {
  test('is somebody, as its claims say', async () => {
    const { jwts } = trusting()
    const jwt = await sign(key, { auth_time: SECONDS - 60, amr: ['pwd', 'mfa'] })
    const proven = await jwts.prove(jwt, { issuers: ['devices'] }, NOW)
    expect(proven).toMatchObject({
      identity: { issuer: ISSUER, subject: 'device-7', user: 'printer', groups: ['devices'], email: '' },
      // whose second factor that was nobody has said
      authentication: { provider: 'devices', at: NOW - MINUTE, amr: ['pwd'] },
      credential: 'bearer',
      host: null,
    })
  })

  test('is verified once, and then answered at once', async () => {
    const { jwts } = trusting()
    const jwt = await sign(rsa)
    const first = await jwts.prove(jwt, { issuers: undefined }, NOW)
    expect(jwts.prove(jwt, { issuers: undefined }, NOW + MINUTE)).toBe(first)
  })

  test('that many requests bring at once is verified once', async () => {
    const published = publisher(key.jwk)
    const { jwts } = jwtsOf(published)
    const jwt = await sign(key)
    const all = await Promise.all(Array.from({ length: 50 }, async () => jwts.prove(jwt, { issuers: undefined }, NOW)))
    expect(new Set(all).size).toBe(1)
    expect(published.state.asked).toHaveLength(1)
  })

  test.for([{ aud: ['other', 'api'] }, { iat: SECONDS + 59 }, { nbf: SECONDS + 59 }, { exp: SECONDS + 1 }])(
    'with %j holds too',
    async (claims) => {
      expect(await trusting().ask(await sign(key, claims))).toBe('printer')
    },
  )

  test.for(['at+jwt', 'AT+JWT', 'application/at+jwt'])('of type %s', async (typ) => {
    expect(await trusting().ask(await sign(key, {}, { typ }))).toBe('printer')
  })
})

describe('a token that does not hold', () => {
  const claims: Record<string, object> = {
    'F-12 without exp': { exp: undefined },
    'F-12 exp null': { exp: null },
    'expired this very second': { exp: SECONDS },
    'expired within the tolerance': { exp: SECONDS - 1 },
    'not valid yet': { nbf: SECONDS + 61 },
    'from the future': { iat: SECONDS + 61 },
    'without iat': { iat: undefined },
    'without sub': { sub: undefined },
    'sub empty': { sub: '' },
    'F-15 without aud': { aud: undefined },
    'F-15 aud of another': { aud: 'other' },
    'F-15 aud empty': { aud: '' },
    'F-15 aud list of others': { aud: ['other'] },
    'F-15 aud with a blank': { aud: 'api ' },
    'F-15 aud in capitals': { aud: 'API' },
    'F-15 aud an object': { aud: { 0: 'api' } },
    'F-16 iss a list': { iss: ['https://evil.example', ISSUER] },
    'F-16 iss with a slash': { iss: `${ISSUER}/` },
    'F-16 iss in capitals': { iss: ISSUER.toUpperCase() },
    'F-16 without iss': { iss: undefined },
    'groups that nobody can read': { groups: { admins: true } },
  }
  test.for(Object.entries(claims))('%s', async ([, more]) => {
    expect(await trusting().ask(await sign(key, more))).toBe('invalid')
  })

  test.for(['logout+jwt', 'JWT', 'JWE', '', 'at+jwt; x'])('F-17 of type %s', async (typ) => {
    expect(await trusting().ask(await sign(key, {}, { typ }))).toBe('invalid')
  })
  test('F-17 of no type', async () => {
    expect(await trusting().ask(await sign(key, {}, { typ: undefined }))).toBe('invalid')
  })

  test.for(['none', 'None', 'NONE', 'nOnE', '', null, ['none'], undefined])('F-01 alg %j', async (alg) => {
    const [, payload, signature] = (await sign(key)).split('.')
    const header = text({ alg, kid: 'k1', typ: 'at+jwt' })
    for (const last of ['', `.`, `.${signature}`, '.AAAA'])
      expect(await trusting().ask(`${header}.${payload}${last}`)).toBe('invalid')
  })

  test('F-01 HMAC with the public key', async () => {
    const head = `${text({ alg: 'HS256', kid: 'r1', typ: 'at+jwt' })}.${text(CLAIMS)}`
    const mac = createHmac('sha256', JSON.stringify(rsa.jwk)).update(head).digest('base64url')
    expect(await trusting().ask(`${head}.${mac}`)).toBe('invalid')
  })

  test('by a key of the same name that is not the issuer’s', async () => {
    expect(await trusting().ask(await sign(stranger))).toBe('invalid')
  })

  test.for(['PS256', 'ES384', 'RS512'])('by an algorithm that is not listed: %s', async (alg) => {
    const other = await signer('other', alg)
    expect(await jwtsOf(publisher(other.jwk)).ask(await sign(other))).toBe('invalid')
  })

  const kids: readonly unknown[] = [
    '../../../../dev/null',
    "k1' OR '1'='1",
    '__proto__',
    'constructor',
    'http://127.0.0.1:9200/k',
    '\0',
    1,
    ['k1'],
    { k1: 1 },
  ]
  test.for(kids)('F-08 kid %j', async (kid) => {
    const { ask, faults } = trusting()
    expect(await ask(await sign(key, {}, { kid }))).toBe('invalid')
    expect(faults).toEqual([])
  })

  test.for<object>([
    { crit: ['exp2'], exp2: 1 },
    { crit: [] },
    { crit: 'b64' },
    { crit: ['alg'] },
    { crit: ['b64'], b64: false },
  ])('F-10 F-11 header %j', async (header) => {
    const [, payload, signature] = (await sign(key)).split('.')
    const head = text({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', ...header })
    expect(await trusting().ask(`${head}.${payload}.${signature}`)).toBe('invalid')
  })

  test('F-11 an unencoded payload, signed as such', async () => {
    const signed = await new CompactSign(new TextEncoder().encode(text(CLAIMS)))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', b64: false, crit: ['b64'] })
      .sign(key.key, { crit: { b64: true } })
      .catch((error: Error) => error.message)
    expect(await trusting().ask(signed)).toBe('invalid')
  })

  test.for(['A'.repeat(86), 'A'.repeat(85), '_'.repeat(86), 'A'.repeat(400)])(
    'F-20 signature %s',
    async (signature) => {
      const [header, payload] = (await sign(key)).split('.')
      expect(await trusting().ask(`${header}.${payload}.${signature}`)).toBe('invalid')
      const [rsaHeader] = (await sign(rsa)).split('.')
      expect(await trusting().ask(`${rsaHeader}.${payload}.${signature}`)).toBe('invalid')
    },
  )

  test('F-23 F-22 F-21 one that is encrypted, however well', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'r1' })
      .encrypt(publicKey)
    const bomb = text({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2s: 'AAAA', p2c: 2_147_483_647, kid: 'k1' })
    for (const token of [jwe, `${bomb}.AAAA.AAAA.AAAA.AAAA`]) expect(await trusting().ask(token)).toBe('invalid')
  })

  const shapes = [
    '.'.repeat(15_000),
    'a.b',
    'a.b.c.d',
    '..',
    '...',
    'a.b.c.d.e',
    '.a.b',
    'a.b.',
    'a'.repeat(15_000),
    `${'a'.repeat(5000)}.${'a'.repeat(5000)}.a`,
    'a.b.c',
    '',
  ]
  test.for(shapes)('F-24 F-21 of the shape %.20s costs nothing', (shape) => {
    const { jwts } = trusting()
    const before = performance.now()
    expect(jwts.prove(shape, { issuers: undefined }, NOW)).toBe('invalid')
    expect(performance.now() - before).toBeLessThan(50)
  })

  test('F-18 members that come twice: the last is the only one anybody here reads', async () => {
    const raw = JSON.stringify(CLAIMS).replace('{', '{"sub":"mallory","preferred_username":"mallory",')
    const signed = await new CompactSign(new TextEncoder().encode(raw))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
      .sign(key.key)
    const proven = await trusting().jwts.prove(signed, { issuers: undefined }, NOW)
    expect(proven).toMatchObject({ identity: { subject: 'device-7', user: 'printer' } })
    const [, payload, signature] = signed.split('.')
    const header = text('{"alg":"ES256","kid":"k1","typ":"at+jwt","alg":"none"}')
    expect(await trusting().ask(`${header}.${payload}.${signature}`)).toBe('invalid')
  })

  test('one that `admit` does not name', async () => {
    const { fetch } = publisher(key.jwk)
    const admits = ({ groups }: { groups: readonly string[] }) => groups.includes('staff')
    const verifier = new BearerVerifier(config, { admits, fault: () => undefined, fetch })
    expect(await verifier.verify(await sign(key), NOW)).toEqual({ kind: 'refused' })
    expect(await verifier.verify(await sign(key, { groups: ['staff'] }), NOW)).toMatchObject({ kind: 'ok' })
  })

  test.for<[JWTPayload, boolean]>([
    [{ paired: true }, false],
    [{ paired: 'yes' }, true],
    [{ paired: 'no' }, false],
    [{}, false],
  ])('with the required claim as %j: %s', async ([claims, holds]) => {
    const { ask } = jwtsOf(publisher(key.jwk), { required: { paired: 'yes' } })
    expect(await ask(await sign(key, claims))).toBe(holds ? 'printer' : 'invalid')
  })
})

describe('several issuers', () => {
  const other = 'https://other.example.com'

  test('F-33 F-16 one cannot sign for another, whatever the token says', async () => {
    const mine = publisher(key.jwk)
    const hers = await signer('h1')
    const both = { state: mine.state, publish: mine.publish, fetch: byHost(mine, publisher(hers.jwk)) }
    const { ask } = jwtsOf(both, {}, { name: 'other', issuer: other, jwksUri: `${other}/keys` })
    expect(await ask(await sign(hers, { iss: other }))).toBe('printer')
    for (const kid of ['h1', 'k1']) expect(await ask(await sign(hers, { iss: ISSUER }, { kid }))).toBe('invalid')
    expect(await ask(await sign(hers, { iss: other, aud: ['api', ISSUER] }), { issuers: ['devices'] })).toBe('invalid')
  })

  test('F-28 a token that was good for one app is judged anew for another, remembered or not', async () => {
    const { ask } = jwtsOf(publisher(key.jwk), { name: 'a', audience: ['a'] }, { name: 'b', audience: ['b'] })
    const jwt = await sign(key, { aud: 'a' })
    expect(await ask(jwt, { issuers: ['a'] })).toBe('printer')
    expect(await ask(jwt, { issuers: ['b'] })).toBe('invalid')
    expect(await ask(jwt, { issuers: [] })).toBe('invalid')
    expect(await ask(await sign(key, { aud: ['a', 'b'] }), { issuers: ['b'] })).toBe('printer')
  })
})

function byHost(mine: ReturnType<typeof publisher>, hers: ReturnType<typeof publisher>) {
  return (url: string) => (url.startsWith(ISSUER) ? mine.fetch(url) : hers.fetch(url))
}

describe('what is remembered', () => {
  test('F-28 ends with the token', async () => {
    const { ask } = trusting()
    const jwt = await sign(key, { exp: SECONDS + 2 })
    expect(await ask(jwt, { now: NOW + 1000 })).toBe('printer')
    expect(await ask(jwt, { now: NOW + 3000 })).toBe('invalid')
  })

  test('F-28 is told by the whole text', async () => {
    const { ask } = trusting()
    const jwt = await sign(key)
    expect(await ask(jwt)).toBe('printer')
    expect(await ask(`${jwt.slice(0, -4)}AAAA`)).toBe('invalid')
  })

  test('F-28 F-29 ends when the issuer changes its keys', async () => {
    const published = publisher(key.jwk, rsa.jwk)
    const { ask } = jwtsOf(published)
    const jwt = await sign(key)
    expect(await ask(jwt)).toBe('printer')
    published.publish(rsa.jwk)
    // another token has the keys read again
    expect(await ask(await sign(rsa, { jti: '1' }), { now: NOW + 5 * MINUTE })).toBe('printer')
    expect(await ask(jwt, { now: NOW + 5 * MINUTE })).toBe('invalid')
  })

  test('ends with the operator’s file', async () => {
    const { jwts, verifiers, ask } = trusting()
    const jwt = await sign(key)
    expect(await ask(jwt)).toBe('printer')
    jwts.use([])
    expect(await ask(jwt)).toBe('invalid')
    jwts.use(verifiers)
    expect(jwts.prove(jwt, { issuers: undefined }, NOW)).toBeInstanceOf(Promise)
  })
})

describe('the issuer’s keys', () => {
  test('F-29 a new one works once ten seconds have passed since the last question', async () => {
    const published = publisher(key.jwk)
    const { ask } = jwtsOf(published)
    await ask(await sign(key))
    published.publish(key.jwk, rsa.jwk)
    const jwt = await sign(rsa)
    expect(await ask(jwt, { now: NOW + 9000 })).toBe('invalid')
    expect(await ask(jwt, { now: NOW + 10_000 })).toBe('printer')
  })

  test('F-29 unknown key ids do not make us ask without end', async () => {
    const published = publisher(key.jwk)
    const { ask } = jwtsOf(published)
    for (let i = 0; i < 100; i++) await ask(await sign(key, {}, { kid: `x${i}` }), { now: NOW + i })
    expect(published.state.asked).toHaveLength(1)
  })

  test('F-29 one that was taken back is refused within ten minutes, though its token is remembered', async () => {
    const published = publisher(key.jwk)
    const { ask } = jwtsOf(published)
    const jwt = await sign(key, { exp: SECONDS + 3600 })
    await ask(jwt)
    published.publish(rsa.jwk)
    expect(await ask(jwt, { now: NOW + 10 * MINUTE })).toBe('invalid')
  })

  const outages: Record<string, (state: ReturnType<typeof publisher>['state']) => void> = {
    'cannot be reached': (state) => (state.body = new Error('ECONNREFUSED')),
    'answers 500': (state) => (state.status = 500),
    'answers 404': (state) => (state.status = 404),
    'says what is no JSON': (state) => (state.body = '<html>'),
    'says null': (state) => (state.body = 'null'),
    'says no list': (state) => (state.body = '{"keys":{}}'),
    'has ten thousand keys': (state) =>
      (state.body = JSON.stringify({ keys: Array.from({ length: 10_000 }, () => ({})) })),
  }
  test.for(Object.entries(outages))('F-29 %s: known ones for five minutes, then nobody', async ([, fail]) => {
    const published = publisher(key.jwk)
    const { ask, faults } = jwtsOf(published)
    await ask(await sign(key, { exp: SECONDS + 3600 }))
    fail(published.state)
    const fresh = await sign(key, { exp: SECONDS + 3600, jti: 'fresh' })
    expect(await ask(fresh, { now: NOW + 4 * MINUTE })).toBe('printer')
    expect(await ask(fresh, { now: NOW + 10 * MINUTE })).toBe('unavailable')
    expect(faults).toHaveLength(1)
  })

  test('F-29 none at all', async () => {
    expect(await jwtsOf(publisher()).ask(await sign(key))).toBe('invalid')
  })

  test('F-29 two under one id: neither is believed', async () => {
    expect(await jwtsOf(publisher(key.jwk, stranger.jwk)).ask(await sign(key))).toBe('invalid')
  })

  test('are found where the issuer says, if it says so of itself', async () => {
    const answers = new Map([
      [`${ISSUER}/.well-known/openid-configuration`, { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }],
      [`${ISSUER}/jwks`, { keys: [key.jwk] }],
    ])
    const published = publisher()
    const fetch = async (url: string) => Response.json(answers.get(url))
    const { jwksUri: _, ...discovered } = config
    const ask = async (issuer: string) => {
      const deps = { admits: () => true, fault: () => undefined, fetch }
      return (await new BearerVerifier({ ...discovered, issuer }, deps).verify(await sign(key, { iss: issuer }), NOW))
        .kind
    }
    expect(published.state.asked).toEqual([])
    expect(await ask(ISSUER)).toBe('ok')
    answers.set('https://look-alike.example/.well-known/openid-configuration', {
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/jwks`,
    })
    expect(await ask('https://look-alike.example')).toBe('unavailable')
    answers.set(`${ISSUER}/.well-known/openid-configuration`, {
      issuer: ISSUER,
      jwks_uri: 'http://idp.example.com/jwks',
    })
    expect(await ask(ISSUER)).toBe('unavailable')
  })

  test('F-30 a weak one is not used, and said so', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const { ask, faults } = jwtsOf(publisher({ ...weak.publicKey.export({ format: 'jwk' }), kid: 'r1', alg: 'RS256' }))
    expect(await ask(await sign(rsa))).toBe('invalid')
    expect(String(faults)).toContain('weaker than RSA 2048')
  })

  const modulus = Buffer.alloc(256, 0xff).toString('base64url')
  test.for<[string, unknown]>([
    ['RSA of 1024 bits', { kty: 'RSA', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB' }],
    [
      'RSA of 1024 bits, filled up with zeros',
      { kty: 'RSA', n: Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)]).toString('base64url'), e: 'AQAB' },
    ],
    ['RSA with exponent 1', { kty: 'RSA', n: modulus, e: 'AQ' }],
    ['RSA with an even exponent', { kty: 'RSA', n: modulus, e: 'AQAC' }],
    ['RSA without exponent', { kty: 'RSA', n: modulus }],
    ['P-192', { kty: 'EC', crv: 'P-192', x: 'AA', y: 'AA' }],
    ['Ed448', { kty: 'OKP', crv: 'Ed448', x: 'AA' }],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ['with its private part', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }],
    ['for encryption', { kty: 'RSA', n: modulus, e: 'AQAB', use: 'enc' }],
    ['for signing alone', { kty: 'RSA', n: modulus, e: 'AQAB', key_ops: ['sign'] }],
    ['nothing', null],
    ['a text', 'key'],
  ])('F-29 F-30 %s is no key of ours', ([, jwk]) => {
    expect(unusable(jwk)).toEqual(expect.any(String))
  })
  test('RSA of 2048 bits, P-256 and Ed25519 are', () => {
    const good = [
      { kty: 'RSA', n: modulus, e: 'AQAB', use: 'sig' },
      { kty: 'EC', crv: 'P-256', key_ops: ['verify'] },
      { kty: 'OKP', crv: 'Ed25519' },
    ]
    expect(good.map(unusable)).toEqual([undefined, undefined, undefined])
  })
})

test.for([
  { algorithms: ['RS256', 'HS256'] },
  { algorithms: ['none'] },
  { algorithms: [] },
  { audience: [] },
  { audience: [''] },
  { types: [] },
  { issuer: '' },
])('F-01 F-04 F-15 an issuer with %j is refused at the start', (more) => {
  const deps = { admits: () => true, fault: () => undefined }
  expect(() => new BearerVerifier({ ...config, ...more }, deps)).toThrow(TypeError)
})
