/**
 * The vectors of the collection that concern this program, groups A to I. `here`: a test or a vector names it. Anything
 * else is the reason why there is nothing to test yet, or ever.
 */
const MFA = 'no account has a second factor yet: `require=mfa` lets only those in whose provider says so'

export const COLLECTION: Readonly<Record<string, string>> = {
  ...here('A', '01 02 03 05 06 08 09 10 13 14 15 16 17 18 21 26 30 32 34 37'),
  ...here('B', '01 02 03 04 05 06 09 12 13 14 15 16 17 19 20 21 22 23 24 26 27 28 29 30 31 33 36 38 40 41 42 43'),
  ...here('C', '01 02 04 05 06 07 08 09 10 11 14 16 17 18 19 20 22 25'),
  ...here('D', '01 02 03 06 08 12 14 18 19 20 22 24 25 26 27'),
  'D-15': MFA,
  ...here('E', '01 02 03 05 07 08 11 12 13 15 16 17 19 20 22 23 24 26 28 29 30 31'),
  ...here('F', '01 04 08 10 11 12 15 16 17 18 20 21 22 23 24 25 28 29 30 33'),
  'F-03': 'no key is configured as text: keys come as JWKs from the issuer, and are parsed whole or not used',
  ...here('G', '01 02 03 06 08 10 12 14 15 16 17 20 22 23 24 25 27'),
  'G-21': MFA,
  ...here('H', '01 02 05 07 08 11 14 17 18 19 22 23 25 26 29 30 31 32 33'),
  ...here('I', '01 02 04 06 09 10 11 12 13 15 16 17 19 20 22 24 25 27 28 29 30 37'),
}

function here(group: string, numbers: string): Record<string, string> {
  return Object.fromEntries(numbers.split(' ').map((number) => [`${group}-${number}`, 'here']))
}
