import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPTIONS } from '../../src/config/options.ts'
import { beside, problems, settings } from './load-helper.ts'

const KEY = 'kD8_pQ2-xW7vL0sN4bT9hY3mR6cJ1fGzA5eU'
const MARKER = 'mArKeR7secret'
const names = Object.values(OPTIONS).map(({ name }) => name)

test('an option is read from a file, without the line break at its end', () => {
  const read = settings({ LABELGATE_PROXY_KEY_FILE: '/run/secrets/key' }, { '/run/secrets/key': `${KEY}\r\n` })
  expect(read.proxyKey).toBe(KEY)
})

test('LABELGATE_TRAEFIK_FILE is an option, and has a _FILE of its own', () => {
  expect(settings({ LABELGATE_TRAEFIK_FILE_FILE: '/p' }, { '/p': '/dyn/labelgate.yml' }).traefikFile).toBe(
    '/dyn/labelgate.yml',
  )
})

test.for(names)('%s and its _FILE together are refused', (name) => {
  const found = problems({ ...beside(name), [name]: 'x', [`${name}_FILE`]: '/f' }, { '/f': 'x' })
  expect(found).toEqual([`${name}: is given twice, as ${name}_FILE too: leave one of them out`])
})

test.for([
  ['/none', undefined, /"\/none" is not there/],
  ['/f', { code: 'EACCES' }, /"\/f" may not be read by this user/],
  ['/f', { code: 'EISDIR' }, /"\/f" is a folder/],
  ['/f', { code: 'EIO' }, /"\/f" cannot be read \(EIO\)/],
  ['/f', '', /"\/f" is empty/],
  ['/f', ' \n', /"\/f" is empty/],
  ['/f', 'x'.repeat(65_537), /longer than 64 KiB/],
  ['', undefined, /is no path/],
] as const)('a file %s that cannot serve (%o) is named', ([path, file, said]) => {
  const found = problems({ LABELGATE_TITLE_FILE: path }, file === undefined ? {} : { '/f': file })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/^LABELGATE_TITLE: LABELGATE_TITLE_FILE: /)
  expect(found[0]).toMatch(said)
})

test.for(names)('G-24: what a file for %s holds is never shown', (name) => {
  for (const text of [MARKER, `https://u:${MARKER}@h`, `x, ${MARKER}`, `group:${MARKER} ${MARKER}:x`, `\n${MARKER}`]) {
    const said = problems({ [`${name}_FILE`]: '/f' }, { '/f': text }).join('\n')
    expect(said).not.toContain(MARKER)
  }
})

test.for(['LABELGATE_PORTAL_URL', 'LABELGATE_INTERNAL_URL', 'DOCKER_HOST', 'LABELGATE_STORE'])(
  'G-24: a password in the address of %s is never shown',
  (name) => {
    for (const text of [
      `redis://:${MARKER}@cache:6379/0`,
      `https://user:${MARKER}@auth.example.com`,
      `http://a@${MARKER}@h`,
      `user:${MARKER}@host`,
      `https://auth.example.com/?token=${MARKER}`,
      `https://auth.example.com/#${MARKER}`,
    ]) {
      const said = problems({ [name]: text })
      expect(said).toHaveLength(1)
      expect(said[0]).not.toContain(MARKER)
    }
  },
)

test('G-24: a key that does not do is never shown, not in part either', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 300 }), (text) => {
      const found = problems({ LABELGATE_PROXY_KEY: `${text} ` }).join('\n')
      const plain = problems({ LABELGATE_PROXY_KEY: '~' }).join('\n')
      if (text.trim().length >= 8 && !plain.includes(text.trim())) expect(found).not.toContain(text.trim())
    }),
  )
})

test('D-24: random keys are taken', () => {
  for (let i = 0; i < 500; i++) {
    const digest = hash('sha256', `key ${i}`, 'buffer')
    for (const key of [digest.toString('hex'), digest.toString('base64url'), digest.toString('hex').slice(0, 32)]) {
      expect(problems({ LABELGATE_PROXY_KEY: key })).toEqual([])
    }
  }
})
