// What `npm test` makes of vitest's results: never a success where something did not end as it should.

/**
 * @typedef {object} Count one vitest run in figures
 * @property {string} project
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} [broken] why there is a failure that is no test's
 */

/**
 * A file that failed without a failing test counts as a failure, and so does a run that broke (no result, a wrong exit
 * code, an error outside every test).
 * @param {string} project
 * @param {number} code vitest's exit code
 * @param {string | undefined} json what its JSON reporter wrote
 * @returns {Count}
 */
export function count(project, code, json) {
  if (json === undefined) {
    return { project, passed: 0, failed: 1, skipped: 0, broken: `vitest gave no result, exit code ${code}` }
  }
  const result = JSON.parse(json)
  // it did not load, or what its tests share could not be set up
  const fell = (file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed')
  const figures = {
    project,
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.testResults.filter(fell).length,
    skipped: result.numPendingTests + result.numTodoTests,
  }
  if (figures.failed > 0 || (code === 0 && result.success)) return figures
  return { ...figures, failed: 1, broken: `vitest's exit code is ${code} though no test failed: see above` }
}

/**
 * The blocks that could not run, as test/parts.ts noted them, one a line; several workers may note the same one.
 * @param {string} text
 * @returns {string[]}
 */
export function notRun(text) {
  return [...new Set(text.split('\n').filter(Boolean))].toSorted()
}

/**
 * What is printed at the end; its last line is `N passed, N failed` and, where there are some, `, N skipped`.
 * @param {Count[]} counts
 * @param {{ filtered: boolean, blocks: string[] }} run whether only some tests were asked for; what could not run
 * @returns {{ text: string, failed: boolean }}
 */
export function summary(counts, { filtered, blocks }) {
  const sum = (key) => counts.reduce((total, one) => total + one[key], 0)
  const notes = counts.filter((one) => one.broken).map((one) => `${one.project}: ${one.broken}\n`)
  // No test at all is no success: a filter that matches nothing, a pattern in the configuration that is wrong.
  const idle = filtered
    ? counts.filter(() => sum('passed') + sum('failed') === 0 && blocks.length === 0)
    : counts.filter((one) => one.passed + one.failed + one.skipped === 0)
  if (idle.length > 0) notes.push(`no test ran: ${idle.map((one) => one.project).join(', ')}\n`)
  if (blocks.length > 0) {
    notes.unshift(
      'Not run (LABELGATE_TEST_REQUIRE=all makes these failures):\n',
      ...blocks.map((one) => `  ${one}\n`),
      '\n',
    )
  }
  const failed = sum('failed') + (idle.length > 0 ? 1 : 0)
  const skipped = sum('skipped')
  const line = `${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
  return { text: `\n${notes.join('')}${line}`, failed: failed > 0 }
}
