import { expect, test } from 'vitest'
import { inNetworks, parseNetworks, type Networks } from '../../src/syntax/networks.ts'

function networks(...items: string[]): Networks {
  const parsed = parseNetworks(items)
  if ('invalid' in parsed) throw new Error(`${parsed.invalid} is no network`)
  return parsed
}

test.for([
  [['10.0.0.0/8'], '10.255.0.1', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.1.2.3/8'], '10.9.9.9', true],
  [['192.0.2.1'], '192.0.2.1', true],
  [['192.0.2.1'], '192.0.2.2', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], '::ffff:a01:203', true],
  [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
  [['fd00::/8'], 'fd12::1', true],
  [['fd00::/8'], 'fe80::1', false],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '::1', false],
  [['10.0.0.0/8', 'fd00::/8'], 'fd00::1', true],
  [[], '127.0.0.1', false],
] as const)('of the networks %j, %s is in one: %s', ([items, address, expected]) => {
  expect(inNetworks(networks(...items), address)).toBe(expected)
})

test.for(['', 'unknown', '10.1', '010.0.0.1', '10.0.0.1:80', '[::1]', '::1%', '10.0.0.1, 10.0.0.2', '@', 'localhost'])(
  '%j is no address, and in no network, not even in all of them (threat A-37)',
  (address) => {
    expect(inNetworks(networks('0.0.0.0/0', '::/0'), address)).toBe(false)
  },
)

test.for([
  '',
  ' ',
  ',',
  '10.0.0.0/33',
  '127.0.0.1/33',
  '::/129',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/ 8',
  '010.0.0.1',
  '10.0/8',
  'fe80::1%eth0',
  'localhost',
  '*',
  '10.0.0.0-10.0.0.255',
])('%j is no network, and is named (threat A-02)', (item) => {
  expect(parseNetworks(['10.0.0.0/8', item])).toEqual({ invalid: item })
})

test('the text of a set is sorted, so that two orders are one set', () => {
  expect(networks('fd00::/8', '10.0.0.0/8').text).toEqual(networks('10.0.0.0/8', 'fd00::/8').text)
})
