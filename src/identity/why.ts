/** Causes on the way to the root that are named. */
const DEEPEST = 5

/**
 * What went wrong with a provider, for the log: the messages from the outside in. Our own and the libraries' words
 * alone: what a provider wrote (`error_description`, a body, a claim) stands in properties, which are not read.
 */
export function whyOf(error: unknown): string | undefined {
  const words: string[] = []
  let cause = error
  for (let depth = 0; depth < DEEPEST && cause instanceof Error; depth++, cause = cause.cause) words.push(cause.message)
  return words.length === 0 ? undefined : words.join(': ').slice(0, 300)
}
