import { expect, test } from 'vitest'
import { ownContainer } from '../../src/docker/self.ts'
import { container } from '../build/container.ts'

const [own, other] = [
  { ...container('labelgate', {}), id: 'a'.repeat(64) },
  { ...container('app', {}), id: 'b'.repeat(64) },
]
const containers = new Map([own, other].map((one) => [one.id, one]))

const mount = (root: string, at: string) => `1234 1200 8:1 ${root} ${at} rw,relatime - ext4 /dev/sda1 rw\n`
const folder = (id: string) => `/var/lib/docker/containers/${id}`

const cases: [what: string, hostname: string, mountinfo: string, found: string | undefined][] = [
  ['the host name Docker gives', 'aaaaaaaaaaaa', '', 'labelgate'],
  ['a chosen host name alone', 'labelgate', '', undefined],
  ['too short a host name', 'aaaa', '', undefined],
  ['the host name of no container here', 'cccccccccccc', '', undefined],
  ['a chosen host name, and our files', 'gate', mount(`${folder(own.id)}/hostname`, '/etc/hostname'), 'labelgate'],
  ['our files with Podman', 'gate', mount(`/x/${own.id}/userdata/resolv.conf`, '/etc/resolv.conf'), 'labelgate'],
  ['our files in a folder of their own', 'gate', mount(`/containers/${own.id}/hosts`, '/etc/hosts'), 'labelgate'],
  [
    'a host name that is like the id of another',
    'bbbbbbbbbbbb',
    mount(`${folder(own.id)}/hosts`, '/etc/hosts'),
    'labelgate',
  ],
  ['files of others mounted here', 'gate', mount(`${folder(other.id)}/hostname`, '/logs/hostname'), undefined],
  ['files of a container that is gone', 'gate', mount(`${folder('c'.repeat(64))}/hosts`, '/etc/hosts'), undefined],
]
test.for(cases)('by %s', ([, hostname, mountinfo, found]) => {
  expect(ownContainer(containers, hostname, `${mount('/', '/')}${mountinfo}`)?.name).toBe(found)
})
