import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { recipe, recipesOf } from '../recipes.ts'

const E2E = `${import.meta.dirname}/../e2e`
const tests = readdirSync(E2E).filter((file) => file.endsWith('.test.ts'))
const run = tests.map((file) => readFileSync(`${E2E}/${file}`, 'utf8')).join('\n')

const places = ['oidc.md', 'clients.md', 'gateway.md', 'resolver.md'].flatMap((page) =>
  Object.entries(recipesOf(page)).flatMap(([title, blocks]) =>
    blocks.map((_, i) => (i === 0 ? `${page}#${title}` : `${page}#${title}#${i + 1}`)),
  ),
)

test.for(places)('%s is run by a test of test/e2e', (place) => {
  expect(run).toContain(`'${place}'`)
})

test('pages are read as a person reads them: each block under its own title', () => {
  expect(places).toEqual(expect.arrayContaining(['oidc.md#Google, and others like it', 'clients.md#JWTs#2']))
  expect(places).not.toContain('clients.md#Passwords')
})

test('a recipe that has changed under its test is said', () => {
  expect(() => recipe('oidc.md#Yahoo')).toThrow('there is no recipe at oidc.md#Yahoo')
  expect(() => recipe('oidc.md#GitHub', { 'org:acme': 'x' })).toThrow('oidc.md#GitHub does not say org:acme')
})
