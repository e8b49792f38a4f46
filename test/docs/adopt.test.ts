/** deploy/adopt.md, as somebody follows it: its files, its commands, and what it says they answer. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labelgate } from '../cli/fake-terminal.ts'

const PAGE = `${import.meta.dirname}/../../deploy/adopt.md`
const text = await readFile(PAGE, 'utf8')
const files = [...text.matchAll(/^```yaml\n# (\S+)\n([^]*?)^```/gm)].map(
  ([, name = '', yaml = '']) => [name, `# ${name}\n${yaml}`] as const,
)
const commands = [...text.matchAll(/^```sh\n(labelgate .*)\n```\n\n```text\n([^]*?)^```/gm)].map(
  ([, command = '', said = '']) => [command, said] as const,
)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-adopt-'))
  for (const [name, yaml] of files) await writeFile(join(folder, name), yaml)
})
afterAll(() => rm(folder, { recursive: true }))

const inFolder = (line: string) => line.replaceAll(/[\w.-]+\.ya?ml/g, (name) => join(folder, name))

test('there is an example of each command', () => {
  expect(commands.map(([command]) => command.split(' ')[1])).toEqual(['check', 'init'])
})

test.for(commands)('%s answers what the page says', async ([command, said]) => {
  const { out, err } = await labelgate(inFolder(command.replace(/^labelgate /, '')))
  const answer = `${[...out, ...err].join('\n').replaceAll(`${folder}/`, '')}\n`
  if (process.env['UPDATE_GOLDEN'] === '1')
    await writeFile(
      PAGE,
      (await readFile(PAGE, 'utf8')).replace(
        `${command}\n\`\`\`\n\n\`\`\`text\n${said}`,
        () => `${command}\n\`\`\`\n\n\`\`\`text\n${answer}`,
      ),
    )
  else expect(answer).toBe(said)
})

test('what init wrote is right by check', async () => {
  const { out } = await labelgate(inFolder('init --from authelia configuration.yml apps.yaml'))
  const checked = await labelgate('check -', { input: out.join('\n') })
  expect([checked.code, checked.out]).toEqual([0, []])
})
