import type { Log } from '../log.ts'
import { whyOf } from '../identity/why.ts'
import type { PeopleNote } from './people.ts'

/** Milliseconds: of one kind about one provider, one line. */
const QUIET = 60_000

/** Writes down what providers do besides sign-ins. A provider that is down is not a line a session. */
export function providerLog(log: Log, now: () => number): (note: PeopleNote) => void {
  const written = new Map<string, number>()
  return (note) => {
    const { provider } = note
    if (note.kind === 'renewed') return
    if (note.kind === 'ended') return log.info({ audit: 'sign-out', provider }, 'its provider no longer vouches for it')
    const key = `${note.kind} ${provider}`
    if (now() - (written.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET) return
    written.set(key, now())
    switch (note.kind) {
      case 'warning':
        return log.warn({ provider }, note.sentence)
      case 'trouble':
        return log.error({ provider, why: whyOf(note.error) }, 'a provider is in trouble')
      case 'unavailable':
        return log.error({ provider, why: whyOf(note.error) }, 'a provider cannot be asked about those signed in')
      case 'given-up':
        return log.error({ provider }, 'a provider could not be asked for an hour: sessions end')
    }
  }
}
