/** May what was let in stay, were it to come now? */
export interface Stays {
  readonly may: () => boolean | Promise<boolean>
  /** Milliseconds between two questions. */
  readonly every: number
}

/**
 * Nobody asks about a WebSocket or a stream again once it stands open; so this does, and ends it where the answer is no
 * longer a yes: who has signed out goes on in none.
 * @returns what ends the asking
 */
export function stay({ may, every }: Stays, end: () => void): () => void {
  let asking = false
  const ask = async () => {
    if (asking) return
    asking = true
    if (!(await still(may))) end()
    asking = false
  }
  const timer = setInterval(() => void ask(), every)
  timer.unref()
  return () => clearInterval(timer)
}

/** What cannot be judged is no yes. */
async function still(may: Stays['may']): Promise<boolean> {
  try {
    return await may()
  } catch {
    return false
  }
}
