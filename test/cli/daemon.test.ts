/** `labelgate apps` and `labelgate explain` over a FAKE Docker daemon; with real containers see test/e2e/. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeDocker } from '../docker/fake-docker.ts'
import { row } from '../docker/rows.ts'
import { labelgate } from './fake-terminal.ts'

let docker: FakeDocker
beforeAll(async () => {
  docker = await FakeDocker.start()
  const labels = (words: string) => ({ Labels: Object.fromEntries(words.split('; ').map((word) => word.split('='))) })
  docker.rows = [
    row(1, labels('labelgate.host=notes.example.com; labelgate.allow=group:staff; labelgate.public=/open')),
    row(2, labels('labelgate.host=typo.example.com; labelgate.alow=group:staff')),
    row(3, { ...labels('labelgate.host=idle.example.com'), State: 'paused' }),
    row(4, labels('labelgate.host=both.example.com')),
    row(5, labels('labelgate.host=both.example.com; labelgate.allow=user:alice')),
  ]
})
afterAll(() => docker[Symbol.asyncDispose]())

const ask = (line: string) => labelgate(line, { env: { DOCKER_HOST: docker.host } })

test('apps: what there is, in which state, for whom; what is wrong beside it', async () => {
  const { code, out, err } = await ask('apps')
  const rows = out.map((line) => line.split(/ {2,}/))
  expect(rows).toEqual([
    ['APP', 'AT', 'STATE', 'ALLOW', 'CONTAINERS'],
    ['app-1', 'notes.example.com', 'serving', 'group:staff', 'app-1'],
    ['app-2', 'typo.example.com', 'denied', 'app-2'],
    ['app-3', 'idle.example.com', 'not running', 'signed-in', 'app-3'],
    ['app-4', 'both.example.com', 'conflict', 'signed-in', 'app-4'],
    ['app-5', 'both.example.com', 'conflict', 'user:alice', 'app-5'],
  ])
  expect(err).toContain(
    'error: app-2: labelgate.alow="group:staff" is not a key of ours: did you mean labelgate.allow?',
  )
  expect(err.join()).toContain('app-4: claims both.example.com/, and so does app-5')
  expect(code).toBe(1)
})

test('apps --json: the same for machines, and nothing beside it', async () => {
  const { out, err } = await ask('apps --json')
  expect(err).toEqual([])
  const { apps } = JSON.parse(out.join('\n')) as { apps: unknown[] }
  expect(apps[0]).toMatchObject({ id: 'app-1', state: 'serving', upstreams: ['http://172.18.0.2:80'] })
})

test.for([
  ['https://notes.example.com/', 1, 'sign-in: nobody is signed in: the browser is sent to sign in'],
  ['https://notes.example.com/open', 0, 'anonymous: the path needs no sign-in'],
  ['https://notes.example.com/ --user bob --groups staff', 0, 'allow: it passes'],
  ['https://notes.example.com/ --user bob --groups guests', 1, 'forbid: allow does not name this person'],
  ['https://typo.example.com/ --user bob --groups staff', 1, 'forbid: a label is wrong, so everybody is denied'],
  ['https://both.example.com/ --user alice --groups x', 1, 'forbid: two apps claim this host and path'],
  ['https://other.example.com/', 1, 'unknown-host: no app has this host and path'],
] as const)('explain %s ends with %i: %s', async ([line, code, words]) => {
  const said = await ask(`explain ${line}`)
  expect([said.code, said.out[0]]).toEqual([code, expect.stringContaining(words)])
})

test('explain --json: verdict, reason, app and steps', async () => {
  const { code, out } = await ask('explain https://notes.example.com/ --user bob --groups staff --json')
  expect(code).toBe(0)
  expect(JSON.parse(out.join('\n'))).toMatchObject({ verdict: 'allow', reason: 'allowed', app: 'app-1' })
})

test.for([
  ['notes.example.com', 2, 'is no address: write https://app.example.com/path'],
  ['https://notes.example.com/ --groups staff', 2, '--groups and --email need --user'],
  ['https://notes.example.com/ --method FETCH', 2, '"FETCH" is no method'],
  ['https://notes.example.com/ --from 10.0.0.256', 2, '"10.0.0.256" is no address'],
  ['https://notes.example.com/%00', 1, 'is no path that a careful server accepts'],
] as const)('explain %s is refused with %i', async ([line, code, words]) => {
  const said = await ask(`explain ${line}`)
  expect([said.code, said.out, said.err.join()]).toEqual([code, [], expect.stringContaining(words)])
})

test.for(['apps', 'explain https://notes.example.com/'])('%s without a daemon ends with 3', async (line) => {
  const { code, err } = await labelgate(line, { env: { DOCKER_HOST: 'unix:///nonexistent' } })
  expect([code, err.join()]).toEqual([3, expect.stringContaining('DOCKER_HOST: unix:///nonexistent cannot be asked')])
})
