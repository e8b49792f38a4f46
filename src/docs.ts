/** `npm run docs`: writes the pages that are made of tables in the source, so that they cannot lag behind. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileReference } from './config/file/reference.ts'
import { SCHEMA } from './config/file/schema.ts'
import { optionReference } from './config/reference.ts'
import { labelReference } from './labels/reference.ts'

/** Path of each generated page, from the root of the repository, and its text. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['deploy/options.md', optionReference()],
    ['deploy/labels.md', labelPage()],
    ['deploy/config.md', fileReference()],
  ])
}

/** The schema of the operator's file, for editors: JSON. */
export function generatedSchema(): readonly [path: string, text: string] {
  return ['deploy/labelgate.schema.json', `${JSON.stringify(SCHEMA, null, 2)}\n`]
}

/** The reference has headings of the third level, to stand inside another page. */
function labelPage(): string {
  const sections = labelReference().replaceAll(/^### /gm, '## ')
  return `# Labels\n\n${sections}\nThis page is generated: \`npm run docs\`.\n`
}

function writePages(root: string): void {
  for (const [path, text] of [...generatedPages(), generatedSchema()]) {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true })
    writeFileSync(`${root}/${path}`, text)
  }
}

if (import.meta.main) writePages(`${import.meta.dirname}/..`)
