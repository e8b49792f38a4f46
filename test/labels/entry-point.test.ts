import { expect, test } from 'vitest'
import { readLabels } from '../../src/labels/read.ts'
import { OPERATOR } from './operator.ts'

const BY = { ...OPERATOR, protect: 'all', ownsRoutes: false, entryPoint: true } as const
const apps = (labels: Record<string, string>, by: Parameters<typeof readLabels>[1] = BY) => {
  const { apps, problems } = readLabels({ name: 'db', labels }, by)
  return { apps: apps.map(({ id, broken }) => (broken ? `${id}, denied` : id)), problems: problems.length }
}

test('before an entry point a container that Traefik has no labels for is nobody to protect', () => {
  const { defaultHost: _, ...by } = BY
  expect(apps({ 'org.example': 'x' }, by)).toEqual({ apps: [], problems: 0 })
})

test.for([
  [{ 'Traefik.enable': 'true' }, 'db, denied'],
  [{ 'traefik.http.routers.db.rule': 'Host(`db.example.com`)' }, 'db'],
  [{ 'labelgate.allow': 'user:alice' }, 'db, denied'],
] as const)('one with %j is', ([labels, app]) => {
  const { defaultHost: _, ...by } = BY
  expect(apps({ ...labels }, by).apps).toEqual([app])
})

test('so is every one that has a host by default, and in the other modes every one', () => {
  expect(apps({}, { ...BY, defaultHost: '{name}.example.com' }).apps).toEqual(['db'])
  const { defaultHost: _, ...by } = { ...BY, entryPoint: false }
  expect(apps({}, by).apps).toEqual(['db, denied'])
})
