import { OPTIONS, DEFAULT_CONFIG } from '../options.ts'
import { ABSENT, printable, type Reader } from '../reader.ts'
import { violations, type Wrong } from './validate.ts'
import { readYaml, type Path } from './yaml.ts'

export interface Problem {
  readonly line: number
  /** With the place. */
  readonly text: string
}

/** The operator's file as it was read: its values, and how to say what is wrong with them. */
export interface Source {
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** `labelgate.yaml:3: providers.keycloak.issuer`. */
  place(path: Path): string
  problem(path: Path, what: string): Problem
  /** Is something wrong there, above it, or below it? */
  isWrong(path: Path): boolean
}

/** @param file its path, for messages */
export function readSource(file: string, text: string): Source {
  const tree = readYaml(text)
  if ('what' in tree) {
    const problem = { line: tree.line, text: `${file}:${tree.line}: ${tree.what}` }
    return { value: {}, problems: [problem], place: () => file, problem: () => problem, isWrong: () => true }
  }
  const wrong = violations(tree.value)
  const place = (path: Path) => printable(`${file}:${tree.line(path)}: ${path.join('.') || 'the file'}`)
  const problem = (path: Path, what: string) => ({
    line: tree.line(path),
    text: `${place(path)}: ${printable(what)}`,
  })
  return {
    value: tree.value,
    problems: wrong.map(({ path, what }) => problem(path, what)),
    place,
    problem,
    isWrong: (path) => wrong.some((other) => meet(other, path)),
  }
}

function meet({ path: other }: Wrong, path: Path): boolean {
  const depth = Math.min(path.length, other.length)
  return path.slice(0, depth).every((step, i) => step === other[i])
}

/** The file that LABELGATE_CONFIG names, or the one at its usual place, where it is there; what hinders is noted. */
export function openSource(reader: Reader): Source | undefined {
  const named = reader.optional(OPTIONS.config)
  if (named === undefined && reader.has(OPTIONS.config)) return undefined
  const file = named ?? DEFAULT_CONFIG
  const read = reader.file(file)
  if (typeof read === 'object') return readSource(file, read.text)
  if (named !== undefined || read !== ABSENT)
    reader.note(OPTIONS.config, `${file} ${read}: write the path of a file, or leave it out`)
  return undefined
}
