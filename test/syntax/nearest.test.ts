import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distance, nearest } from '../../src/syntax/nearest.ts'

test.for([
  ['allow', 'allow', 0],
  ['alow', 'allow', 1],
  ['allwo', 'allow', 1],
  ['lablegate', 'labelgate', 1],
  ['label-gate', 'labelgate', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
] as const)('%s and %s are %i apart', ([a, b, apart]) => {
  expect(distance(a, b)).toBe(apart)
})

test('the distance is the same both ways, 0 for the same word alone, and never more than the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a))
      expect(distance(a, b) === 0).toBe(a === b)
      expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
  )
})

test.for([
  ['hosts', 'host'],
  ['entrypoint', 'entrypoints'],
  ['pulbic', 'public'],
  ['xyz', undefined],
  ['al', undefined],
] as const)('%s was probably meant as %s', ([word, meant]) => {
  expect(nearest(word, ['host', 'allow', 'public', 'entrypoints'])).toBe(meant)
})
