import { expect, test } from 'vitest'
import { addressKey } from '../../../src/identity/local/address.ts'

test.for([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:0102:0304', '1.2.3.4'],
  ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', 'unknown'],
  ['a', 'unknown'],
  ['1.2.3', 'unknown'],
  ['01.2.3.4', 'unknown'],
  ['1.2.3.4, 5.6.7.8', 'unknown'],
] as const)('G-06 %j is counted as %s', ([address, key]) => {
  expect(addressKey(address)).toBe(key)
})
