import { expect, test } from 'vitest'
import { identityHeaderNames } from '../../src/table/header-names.ts'
import { LiveTable } from '../../src/table/live.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'

test('before the first list there is no table, and its age is without end', () => {
  const live = new LiveTable(0)
  live.confirm(1000)
  expect(live.current(() => 1000)).toBeUndefined()
  expect(live.age(1000)).toBe(Infinity)
})

test('without a limit the last table stays, however old; its age is told', () => {
  const live = new LiveTable(0)
  const table = tableOf([])
  live.replace(table, 1000)
  expect(live.current(() => 1e12)).toBe(table)
  expect(live.age(61_000)).toBe(60_000)
})

test('I-06: with a limit a table that nobody confirmed in time is used no more, until somebody does', () => {
  const live = new LiveTable(60_000)
  const table = tableOf([])
  live.replace(table, 0)
  expect(live.current(() => 60_000)).toBe(table)
  expect(live.current(() => 60_001)).toBeUndefined()
  live.confirm(60_001)
  expect(live.current(() => 120_001)).toBe(table)
  expect(live.current(() => 120_002)).toBeUndefined()
})

test('identity headers are those of every app together, sorted, each once', () => {
  const table = tableOf([
    container('a', 'host=a.example.com\nheaders.X-Who=user'),
    container('b', 'host=b.example.com\nheaders.x-who=email\nheaders.X-Dept=claim:dept'),
    // one that is denied may still be reached by a mistake of the proxy's: its headers are taken out all the same
    container('c', 'host=c.example.com\nheaders.X-Broken=user\nnonsense=1'),
  ])
  expect(identityHeaderNames(table)).toEqual([
    'Remote-Email',
    'Remote-Groups',
    'Remote-Name',
    'Remote-User',
    'X-Broken',
    'X-Dept',
    'X-Who',
  ])
})

test('the list of names is the same array as long as the names are the same', () => {
  const words = 'host=a.example.com\nheaders.X-Same=user'
  const names = identityHeaderNames(tableOf([container('a', words)]))
  expect(identityHeaderNames(tableOf([container('a', words), container('b', 'host=b.example.com')]))).toBe(names)
  expect(identityHeaderNames(tableOf([container('a', 'host=a.example.com')]))).not.toContain('X-Same')
})
