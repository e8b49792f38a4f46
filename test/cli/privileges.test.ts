import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leaveRoot, socketGroup } from '../../src/cli/privileges.ts'

/** A process that writes down what it is asked to become. */
function processOf(uid: number, refused?: 'setgroups' | 'setgid' | 'setuid') {
  const done: string[] = []
  const note = (name: string) => (value: unknown) => {
    if (name === refused) throw new Error('EPERM, Operation not permitted')
    done.push(`${name} ${String(value)}`)
    if (name === 'setuid') current = 1000
  }
  let current = uid
  const rights = { getuid: () => current, setgroups: note('setgroups'), setgid: note('setgid'), setuid: note('setuid') }
  return { rights, done }
}

test('root becomes node and keeps the group of the socket, groups first', () => {
  const { rights, done } = processOf(0)
  expect(leaveRoot(rights, 998)).toBeUndefined()
  expect(done).toEqual(['setgroups node,998', 'setgid node', 'setuid node'])
})

test('without a socket root keeps no group but that of node', () => {
  const { rights, done } = processOf(0)
  expect(leaveRoot(rights, undefined)).toBeUndefined()
  expect(done).toEqual(['setgroups node', 'setgid node', 'setuid node'])
})

test('who is not root stays who they are', () => {
  const { rights, done } = processOf(1000)
  expect(leaveRoot(rights, 998)).toBeUndefined()
  expect(done).toEqual([])
})

test('a system without users is left alone', () => {
  expect(leaveRoot({}, 998)).toBeUndefined()
})

test.for(['setgroups', 'setgid', 'setuid'] as const)('where %s is refused the mend is said', (refused) => {
  const { rights } = processOf(0, refused)
  const refusal = leaveRoot(rights, 998)
  expect(refusal).toContain('EPERM')
  expect(refusal).toContain('add the capabilities SETUID and SETGID')
})

test('a setuid that does nothing is no success', () => {
  const { rights } = processOf(0)
  expect(leaveRoot({ ...rights, setuid: () => {} }, 998)).toContain('still is')
})

test('the group is that of the socket DOCKER_HOST names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelgate-socket-'))
  try {
    const path = join(folder, 'docker.sock')
    expect(socketGroup({ DOCKER_HOST: `unix://${path}` })).toBeUndefined()
    writeFileSync(path, '')
    expect(socketGroup({ DOCKER_HOST: `unix://${path}` })).toBe(statSync(path).gid)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a daemon that is reached over the network has no group', () => {
  expect(socketGroup({ DOCKER_HOST: 'tcp://docker:2376' })).toBeUndefined()
})
