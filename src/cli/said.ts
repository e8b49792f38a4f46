import type { Problem } from '../labels/problem.ts'
import { problemFields, type Log } from '../log.ts'

/** Each problem once, when it comes and when it goes. */
export class Said {
  readonly #log: Log
  #last = new Map<string, Problem>()

  constructor(log: Log) {
    this.#log = log
  }

  say(problems: readonly Problem[]): void {
    const now = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
    for (const [key, problem] of now) {
      if (this.#last.has(key)) continue
      const level = problem.severity === 'error' ? 'error' : 'warn'
      this.#log[level](problemFields(problem), 'guard: a container is not as it should be')
    }
    for (const [key, problem] of this.#last) if (!now.has(key)) this.#log.info(problemFields(problem), 'guard: mended')
    this.#last = now
  }
}
