import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/**
 * What `npm run lint` says of these files, were they ours: the project's own configuration, run in a folder apart.
 * @param files text by path from the project's root
 * @returns the rules that each file breaks, by path; a file without an entry is a good one
 */
export function lint(files: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'labelgate-lint-'))
  try {
    for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(root, name), join(folder, name))
    // Where the type-aware half is looked for, and the types of Node.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return byFile(run(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Report {
  readonly diagnostics: readonly { readonly code?: string; readonly message: string; readonly filename: string }[]
}

function run(folder: string): Report {
  const program = join(root, 'node_modules/.bin/oxlint')
  // `src` is named, as in package.json: without it oxlint follows links out of the folder.
  const args = ['--type-aware', '--deny-warnings', '--format', 'json', 'src', 'test', '--no-error-on-unmatched-pattern']
  try {
    return JSON.parse(execFileSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' })) as Report
  } catch (error) {
    // exit 1: there are findings, and they are on stdout
    if (error instanceof Error && 'stdout' in error) return JSON.parse(String(error.stdout)) as Report
    throw error
  }
}

function byFile(report: Report): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { code, message, filename } of report.diagnostics) {
    found.set(filename, [...(found.get(filename) ?? []), code ?? message])
  }
  return found
}
