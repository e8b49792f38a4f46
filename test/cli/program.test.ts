import { expect, test } from 'vitest'
import { labelgate } from './fake-terminal.ts'

test('--help names every command and every exit code', async () => {
  const { code, out } = await labelgate('--help')
  expect(code).toBe(0)
  for (const word of ['demo', 'check', 'explain', 'apps', 'user', 'Exit codes:', 'deploy/options.md'])
    expect(out.join('\n')).toContain(word)
})

test('--version is that of package.json', async () => {
  const { code, out } = await labelgate('--version')
  expect([code, out]).toEqual([0, [expect.stringMatching(/^\d+\.\d+\.\d+$/)]])
})

test.for([
  ['frobnicate', 'labelgate: there is no command frobnicate: labelgate --help lists them'],
  ['chekc', 'labelgate: there is no command chekc: did you mean check?'],
  ['demo --port 99999', 'labelgate: --port: "99999" is no port: write a number from 1 to 65535'],
  ['demo --port x', 'labelgate: --port: "x" is no port: write a number from 1 to 65535'],
  ['--hepl', "error: unknown option '--hepl'"],
  ['explain', "error: missing required argument 'url'"],
  ['user frob', "error: unknown command 'frob'"],
  ['user add', "error: missing required argument 'name'"],
] as const)('labelgate %s is wrong usage', async ([line, words]) => {
  const { code, out, err } = await labelgate(line)
  expect([code, out]).toEqual([2, []])
  expect(err[0]).toBe(words)
})

test('every option that is wrong is said at once, before anything is started', async () => {
  const env = { LABELGATE_LISTEN: 'x', LABELGATE_STORE: 'files', LABELGATE_PORTLA_URL: 'https://auth.example.com' }
  const { code, err } = await labelgate('', { env })
  expect(code).toBe(2)
  expect(err.every((line) => line.startsWith('labelgate: LABELGATE_'))).toBe(true)
  for (const words of ['LABELGATE_LISTEN: "x"', 'LABELGATE_STORE: ', 'did you mean LABELGATE_PORTAL_URL?'])
    expect(err.join('\n')).toContain(words)
})
