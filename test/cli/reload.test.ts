import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Reloader, type Reload } from '../../src/cli/reload.ts'
import { loadFrom, settingsOf } from '../../src/cli/settings.ts'
import { Held } from '../../src/config/current.ts'
import type { Configured } from '../../src/config/settings.ts'

const GOOD = 'policies: { staff: { allow: group:staff } }\n'
const OTHER = 'policies: { admins: { allow: group:admins } }\n'
const WRONG = 'policies: { staff: { alow: group:staff } }\n'
const provider = (secret: string) =>
  `providers: { kc: { issuer: 'https://id.example.com', client-id: a, client-secret-file: ${secret}, admit: '*' } }\n`

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A folder with a file of the operator in it, and who reads that again. */
async function reloading(text: string | undefined, path?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-reload-'))
  ends.push(() => rm(folder, { recursive: true }))
  const file = path ?? join(folder, 'labelgate.yaml')
  if (text !== undefined) await writeFile(file, text)
  const env = { LABELGATE_PORTAL_URL: 'https://auth.example.com', LABELGATE_CONFIG: file }
  const held = new Held<Configured>(settingsOf(env))
  const heard: Reload[] = []
  const reloader = new Reloader({
    held,
    load: (readFile) => loadFrom(env, readFile),
    heard: (reload) => heard.push(reload),
    repeat: () => () => undefined,
  })
  ends.push(() => reloader[Symbol.dispose]())
  /** As often as it takes to believe a change, and once more. */
  const looks = async () => {
    for (let i = 0; i < 3; i++) await reloader.look()
  }
  await looks()
  return { folder, file, held, heard, reloader, looks, policies: () => [...held.current().file.policies.keys()] }
}

test('a file that changes is read again, once, and who subscribed is told', async () => {
  const { file, held, heard, looks, policies } = await reloading(GOOD)
  const told: (readonly string[])[] = []
  held.subscribe(({ operator }) => told.push([...operator.policies.keys()]))
  expect([policies(), heard]).toEqual([['staff'], []])
  await writeFile(file, OTHER)
  await looks()
  await looks()
  expect([policies(), told, heard]).toEqual([['admins'], [['admins']], [{ kind: 'replaced' }]])
})

test('a wrong file leaves the last good one, is named once, and a good one comes into force', async () => {
  const { file, heard, looks, policies } = await reloading(GOOD)
  await writeFile(file, WRONG)
  await looks()
  await looks()
  expect(policies()).toEqual(['staff'])
  expect(heard).toEqual([
    {
      kind: 'refused',
      problems: [`${file}:1: policies.staff.alow: is no key that may stand here: did you mean allow?`],
    },
  ])
  await writeFile(file, OTHER)
  await looks()
  expect([policies(), heard.at(-1)]).toEqual([['admins'], { kind: 'replaced' }])
})

test.for([
  ['emptied, as an editor does before it writes', (file: string) => writeFile(file, '')],
  ['taken away', (file: string) => rm(file)],
] as const)('a file that is %s is no file without policies', async ([, harm]) => {
  const { file, heard, looks, policies } = await reloading(GOOD)
  await harm(file)
  await looks()
  expect(policies()).toEqual(['staff'])
  expect(heard).toMatchObject([{ kind: 'refused' }])
  await writeFile(file, GOOD)
  await looks()
  expect(heard.at(-1)).toEqual({ kind: 'replaced' })
})

test('a change is believed when it is seen twice the same, so that no half of a file is read', async () => {
  const { file, heard, reloader, policies } = await reloading(GOOD)
  await writeFile(file, OTHER.slice(0, 20))
  await reloader.look()
  await writeFile(file, OTHER)
  await reloader.look()
  expect([policies(), heard]).toEqual([['staff'], []])
  await reloader.look()
  expect([policies(), heard]).toEqual([['admins'], [{ kind: 'replaced' }]])
})

test('a file that is renamed over is seen', async () => {
  const { folder, file, looks, policies } = await reloading(GOOD)
  await writeFile(join(folder, 'next'), OTHER)
  await rename(join(folder, 'next'), file)
  await looks()
  expect(policies()).toEqual(['admins'])
})

test('links that are swapped, as Kubernetes does, are seen', async () => {
  const outer = await mkdtemp(join(tmpdir(), 'labelgate-links-'))
  ends.push(() => rm(outer, { recursive: true }))
  await writeFile(join(outer, 'one'), GOOD)
  await writeFile(join(outer, 'two'), OTHER)
  await symlink('one', join(outer, 'data'))
  const file = join(outer, 'labelgate.yaml')
  await symlink('data', file)
  const { looks, policies } = await reloading(undefined, file)
  expect(policies()).toEqual(['staff'])
  await symlink('two', join(outer, 'data.next'))
  await rename(join(outer, 'data.next'), join(outer, 'data'))
  await looks()
  expect(policies()).toEqual(['admins'])
})

test('a secret that changes is read again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-secret-'))
  ends.push(() => rm(folder, { recursive: true }))
  const secret = join(folder, 'secret')
  await writeFile(secret, 'one\n')
  const { held, looks } = await reloading(provider(secret))
  const now = () => held.current().file.providers.map((one) => ('clientSecret' in one ? one.clientSecret : undefined))
  expect(now()).toEqual(['one'])
  await writeFile(secret, 'two\n')
  await looks()
  expect(now()).toEqual(['two'])
})

test('SIGHUP reads at once; where nothing changed nothing is said', async () => {
  const { file, heard, reloader, policies } = await reloading(GOOD)
  reloader.reload()
  expect(heard).toEqual([])
  await writeFile(file, OTHER)
  reloader.reload()
  expect([policies(), heard]).toEqual([['admins'], [{ kind: 'replaced' }]])
})

test('a file that was touched, and says the same, is no change', async () => {
  const { file, heard, looks } = await reloading(GOOD)
  await writeFile(file, GOOD)
  await looks()
  expect(heard).toEqual([])
})
