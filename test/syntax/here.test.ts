import { expect, test } from 'vitest'
import { isHere } from '../../src/syntax/here.ts'

test.for(['localhost', 'ldap.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('%s is this machine', (host) => {
  expect(isHere(host)).toBe(true)
})

test.for(['localhost.example.com', 'notlocalhost', '127.0.0.1.example.com', '10.0.0.1', '[::]', '0.0.0.0', ''])(
  '%o may be another',
  (host) => {
    expect(isHere(host)).toBe(false)
  },
)
