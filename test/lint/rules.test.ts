import { expect, test } from 'vitest'
import { lint } from './oxlint.ts'

const long = (lines: number, line: string) => Array.from({ length: lines }, () => line).join('\n')

/** Each bad file breaks exactly one rule; its neighbour does the same thing rightly and breaks none. */
const cases = [
  {
    name: 'a promise that nobody awaits',
    rule: 'typescript(no-floating-promises)',
    bad: 'export function f() {\n  Promise.resolve(1)\n}\n',
    good: 'export async function f() {\n  await Promise.resolve(1)\n}\n',
  },
  {
    name: 'a promise where a condition is wanted',
    rule: 'typescript(no-misused-promises)',
    bad: 'export const f = (p: Promise<boolean>) => (p ? 1 : 2)\n',
    good: 'export const f = async (p: Promise<boolean>) => ((await p) ? 1 : 2)\n',
  },
  {
    name: 'a switch that leaves a case out',
    rule: 'typescript(switch-exhaustiveness-check)',
    bad: "export function f(v: 'a' | 'b') {\n  switch (v) {\n    case 'a':\n      return 1\n  }\n  return 2\n}\n",
    good: "export function f(v: 'a' | 'b') {\n  switch (v) {\n    case 'a':\n      return 1\n    case 'b':\n      return 2\n  }\n}\n",
  },
  {
    name: 'any',
    rule: 'typescript(no-explicit-any)',
    bad: 'export const f = (v: any) => String(v)\n',
    good: 'export const f = (v: unknown) => String(v)\n',
  },
  {
    name: 'an error of the compiler that is silenced',
    rule: 'typescript(ban-ts-comment)',
    bad: '// @ts-ignore\nexport const v: number = 1\n',
    good: '// plain\nexport const v: number = 1\n',
  },
  {
    name: 'a type imported as a value',
    rule: 'typescript(consistent-type-imports)',
    bad: "import { Thing } from './thing.ts'\nexport type Things = Thing[]\n",
    good: "import type { Thing } from './thing.ts'\nexport type Things = Thing[]\n",
  },
  {
    name: 'a builtin without node: in front',
    rule: 'unicorn(prefer-node-protocol)',
    bad: "import { join } from 'path'\nexport const v = join('a', 'b')\n",
    good: "import { join } from 'node:path'\nexport const v = join('a', 'b')\n",
  },
  {
    name: 'a default export',
    rule: 'import(no-default-export)',
    bad: 'export default 1\n',
    good: 'export const one = 1\n',
  },
  {
    name: 'five parameters',
    rule: 'eslint(max-params)',
    bad: 'export const f = (a: number, b: number, c: number, d: number, e: number) => a + b + c + d + e\n',
    good: 'export const f = (a: number, b: number, c: number, d: number) => a + b + c + d\n',
  },
  {
    name: 'a function of more than 60 lines',
    rule: 'eslint(max-lines-per-function)',
    bad: `export function f(list: number[]) {\n${long(61, '  list.push(1)')}\n}\n`,
    good: `export function f(list: number[]) {\n${long(55, '  list.push(1)')}\n${long(20, '  // why')}\n}\n`,
  },
  {
    name: 'a file of more than 250 lines',
    rule: 'eslint(max-lines)',
    bad: `export const list: number[] = []\n${long(251, 'list.push(1)')}\n`,
    good: `export const list: number[] = []\n${long(240, 'list.push(1)')}\n${long(100, '// why')}\n`,
  },
]

const found = lint({
  'src/docker/thing.ts': 'export interface Thing {\n  readonly a: 1\n}\n',
  ...Object.fromEntries(
    cases.flatMap(({ bad, good }, i) => [
      [`src/docker/bad-${i}.ts`, bad],
      [`src/docker/good-${i}.ts`, good],
    ]),
  ),
  'src/http/egg.ts': "import { hen } from './hen.ts'\nexport const egg = () => hen()\n",
  'src/http/hen.ts': "import { egg } from './egg.ts'\nexport const hen = (): number => egg()\n",
  'src/http/type-egg.ts': "import type { Hen } from './type-hen.ts'\nexport type Egg = Hen\n",
  'src/http/type-hen.ts': "import type { Egg } from './type-egg.ts'\nexport type Hen = readonly Egg[]\n",
  'test/long.test.ts': `import { expect, test } from 'vitest'\ntest('is long', () => {\n${long(300, '  expect(1).toBe(1)')}\n})\n`,
  'test/only.test.ts': "import { expect, test } from 'vitest'\ntest.only('is alone', () => expect(1).toBe(1))\n",
  'test/skip.test.ts': "import { expect, test } from 'vitest'\ntest.skip('is off', () => expect(1).toBe(1))\n",
  'test/nothing.test.ts': "import { test } from 'vitest'\ntest('cannot fail', () => {})\n",
})

test.for(cases.map((row, i) => ({ ...row, i })))('$name is refused', ({ rule, i }) => {
  expect(found.get(`src/docker/bad-${i}.ts`)).toEqual([rule])
  expect(found.get(`src/docker/good-${i}.ts`)).toBeUndefined()
})

test.for(['egg', 'hen', 'type-egg', 'type-hen'])('a cycle of imports is refused: %s', (name) => {
  expect(found.get(`src/http/${name}.ts`)).toEqual(['import(no-cycle)'])
})

test('tests may be long', () => {
  expect(found.get('test/long.test.ts')).toBeUndefined()
})

test.for([
  ['runs alone', 'only', 'vitest(no-focused-tests)'],
  ['is switched off', 'skip', 'vitest(no-disabled-tests)'],
  ['expects nothing', 'nothing', 'vitest(expect-expect)'],
] as const)('a test that %s is refused', ([, file, rule]) => {
  expect(found.get(`test/${file}.test.ts`)).toContain(rule)
})
