import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labelgate } from '../fake-terminal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-init-'))
})
afterAll(() => rm(folder, { recursive: true }))

const AUTHELIA = 'access_control:\n  rules:\n    - domain: a.example.com\n      policy: one_factor\n'

test('without --out it prints, and notes go to standard error', async () => {
  const { code, out, err } = await labelgate('init --from authelia -', { input: AUTHELIA })
  expect([code, out.slice(1)]).toEqual([
    0,
    [
      'services:',
      '  a-example-com:',
      '    labels:',
      '      labelgate.host: "a.example.com"',
      '      labelgate.allow: "signed-in"',
    ],
  ])
  expect(err).toEqual([expect.stringMatching(/^note: -:1: default_policy: deny: /)])
})

test('with --out it writes files, makes the folder, and overwrites nothing', async () => {
  const out = join(folder, 'new', 'deeper')
  expect((await labelgate(`init --from authelia - --out ${out}`, { input: AUTHELIA })).code).toBe(0)
  expect(await readdir(out)).toEqual(['labelgate.override.yaml'])
  await writeFile(join(out, 'labelgate.override.yaml'), 'mine')
  const again = await labelgate(`init --from authelia - --out ${out}`, { input: AUTHELIA })
  expect([again.code, again.out, again.err]).toEqual([
    2,
    [],
    [expect.stringContaining('labelgate.override.yaml is there already')],
  ])
  expect(await readFile(join(out, 'labelgate.override.yaml'), 'utf8')).toBe('mine')
})

test('a line that is not carried over is named with the reason, and the exit code is 1', async () => {
  const input = `${AUTHELIA}      query: [{ key: x }]\n`
  const { code, out, err } = await labelgate('init --from authelia -', { input })
  const line = 'not carried over: -:3: rule 1 (a.example.com): asks for query, which no label does: the stricter holds'
  expect(code).toBe(1)
  expect(err).toContain(line)
  expect(out).toContain(`# ${line}`)
  expect(out).toContain('      labelgate.allow: "group:labelgate-nobody"')
})

test.for([
  ['init --from authelia', '', 2, "missing required argument 'files'"],
  ['init -', '', 2, "required option '--from <program>' not specified"],
  [
    'init --from autelia -',
    '',
    2,
    '"autelia" is none of tinyauth, oauth2-proxy, authelia, traefik-forward-auth: did you mean authelia?',
  ],
  ['init --from __proto__ -', '', 2, '"__proto__" is none of'],
  ['init --from authelia /nowhere/x.yml', '', 2, '/nowhere/x.yml cannot be read'],
  [
    'init --from authelia - --out /dev/null/x',
    AUTHELIA,
    2,
    '--out: /dev/null/x/labelgate.override.yaml cannot be written',
  ],
  ['init --from authelia -', '', 1, 'access_control: is not there, or is no map'],
  ['init --from authelia -', 'a: [', 1, 'is not valid YAML'],
  ['init --from tinyauth -', 'x: 1', 1, 'is no compose file'],
  ['init --from oauth2-proxy -', 'what is this', 1, 'is neither a flag nor a setting'],
  ['init --from traefik-forward-auth -', '', 1, 'nothing was found that could be carried over'],
])('%s with %j ends with %i: %s', async ([line, input, code, words]) => {
  const said = await labelgate(String(line), { input: String(input) })
  expect([said.code, said.err.join('\n')]).toEqual([code, expect.stringContaining(String(words))])
})

test('a flag holds over a variable, and a variable over a file: none of them widens another', async () => {
  const input = 'email_domains = "*"\nclient_id = "x"\nOAUTH2_PROXY_EMAIL_DOMAINS=b.example\n--email-domain=a.example\n'
  const { out } = await labelgate('init --from oauth2-proxy -', { input })
  expect(out.join('\n')).toContain('admit:\n      - email:*@a.example\n')
  expect(out.join('\n')).not.toMatch(/b\.example|signed-in/)
})

test('a setting that may ask more of people, and is not known, lets nobody in', async () => {
  const input = 'client_id = "x"\nemail_domains = "*"\nallowed_roles = ["admin"]\n'
  const { code, out } = await labelgate('init --from oauth2-proxy -', { input })
  expect([code, out.join('\n')]).toEqual([1, expect.stringContaining('allow: group:labelgate-nobody')])
})
