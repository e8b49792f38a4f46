/** Runs something again and again, until the function it gives is called. A test brings its own and turns the hand. */
export type Every = (milliseconds: number, run: () => void) => () => void

/** The clock on the wall; keeps no process alive. */
export const every: Every = (milliseconds, run) => {
  const timer = setInterval(run, milliseconds)
  timer.unref()
  return () => clearInterval(timer)
}
