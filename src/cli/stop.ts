import { once } from 'node:events'

const STOPPING = ['SIGINT', 'SIGTERM'] as const

/**
 * Aborted by the first signal that asks us to stop, whose name is the reason. A second one ends the process at once.
 * @param also further ones that do: a program of a terminal ends when that closes
 */
export function stopSignal(...also: readonly NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController()
  for (const signal of [...STOPPING, ...also]) process.once(signal, () => controller.abort(signal))
  return controller.signal
}

/** Calls it at each SIGHUP, by which a service is told to read its settings again. Gives what ends that. */
export function onHangup(reload: () => void): () => void {
  process.on('SIGHUP', reload)
  return () => void process.off('SIGHUP', reload)
}

/** Resolves when it is aborted. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
