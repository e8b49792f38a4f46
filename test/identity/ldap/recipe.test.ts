import { rootCertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { LdapProvider } from '../../../src/identity/ldap/provider.ts'
import { settings } from '../../config/load-helper.ts'
import { recipesOf } from '../../recipes.ts'

const recipes = recipesOf('ldap.md')

test('there is one for each server that deploy/ldap.md names', () => {
  expect(Object.keys(recipes)).toEqual(['OpenLDAP', 'Active Directory', 'lldap'])
})

const [CA = ''] = rootCertificates

test.for(Object.entries(recipes))('the recipe for %s is one that can be used', ([, [yaml = '']]) => {
  const named = [...yaml.matchAll(/-file: (\S+)/g)].map(([, path = '']) => [path, path.endsWith('.pem') ? CA : 'x'])
  const files = { ...Object.fromEntries(named), '/recipe.yaml': yaml }
  const { providers } = settings({ LABELGATE_CONFIG: '/recipe.yaml' }, files).file
  for (const provider of providers) {
    const ldap = new LdapProvider(provider.type === 'ldap' ? provider : expect.fail(provider.type), {
      admits: () => true,
      report: () => undefined,
    })
    onTestFinished(() => ldap.close())
  }
  expect(providers).toHaveLength(1)
})
