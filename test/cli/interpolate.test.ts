import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interpolate } from '../../src/cli/interpolate.ts'

const ENV = { HOST: 'app.example.com', EMPTY: '', A_1: 'x', MESSAGE: '${HOST}' }

test.for([
  ['plain', 'plain'],
  ['$HOST', 'app.example.com'],
  ['${HOST}', 'app.example.com'],
  ['a$HOST/b${A_1}c', 'aapp.example.com/bxc'],
  ['$$HOST', '$HOST'],
  ['^x$$', '^x$'],
  ['$$$HOST', '$app.example.com'],
  ['a $ b, $-x, $1, x$', 'a $ b, $-x, $1, x$'],
  ['{$HOST}', '{app.example.com}'],
  ['${NONE:-default}', 'default'],
  ['${EMPTY:-default}', 'default'],
  ['${EMPTY-default}', ''],
  ['${NONE-default}', 'default'],
  ['${HOST:-default}', 'app.example.com'],
  ['${NONE:-}', ''],
  ['${NONE:-${HOST}}', 'app.example.com'],
  ['${NONE:-a-${NONE2:-b}-c}', 'a-b-c'],
  ['${NONE:-a}b}', 'ab}'],
  ['${NONE:-a{b}c}', 'a{b}c'],
  ['${NONE:-a$}', 'a$'],
  ['${HOST:+set}', 'set'],
  ['${EMPTY:+set}', ''],
  ['${EMPTY+set}', 'set'],
  ['${NONE+set}', ''],
  ['${HOST:?needed}', 'app.example.com'],
  ['${EMPTY?needed}', ''],
  // what a variable holds is not looked at again
  ['$MESSAGE', '${HOST}'],
] as const)('%s becomes %s', ([text, expected]) => {
  expect(interpolate(text, ENV)).toEqual({ text: expected, unset: [] })
})

test.for(['$NONE', '${NONE}', '${NONE:-$NONE}'])('%s is empty, and its variable is named', (text) => {
  expect(interpolate(text, ENV)).toEqual({ text: '', unset: ['NONE'] })
})

test.for([
  ['${NONE:?set it}', 'needs the variable NONE: set it'],
  ['${EMPTY:?}', 'needs the variable EMPTY'],
  ['${NONE?}', 'needs the variable NONE'],
  ['${', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${}', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${HOST', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${1A}', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${HOST:}', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${ HOST }', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${HOST!}', 'holds a ${ that begins no variable; a dollar sign is written $$'],
  ['${A:-'.repeat(40) + '}'.repeat(40), 'nests variables too deeply'],
] as const)('%s is refused: %s', ([text, fault]) => {
  expect(interpolate(text, {})).toMatchObject({ text: '', fault })
})

test('names of the prototype are variables that are not set', () => {
  expect(interpolate('$toString${__proto__}', {})).toEqual({ text: '', unset: ['toString', '__proto__'] })
})

test('whatever is escaped by doubling comes out as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', ' ') }), (text) => {
      expect(interpolate(text.replaceAll('$', '$$$$'), ENV)).toEqual({ text, unset: [] })
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'HOST', ':', '-', '?', '+', ' ') }), (text) => {
      expect(typeof interpolate(text, ENV).text).toBe('string')
    }),
  )
})
