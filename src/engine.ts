import { setFlagsFromString } from 'node:v8'

/**
 * To be called before anything else is loaded: what is left over from starting does not make room for good, which is
 * 25 MiB less while idle. Of what requests leave behind nearly nothing is alive when it is collected, so threads that
 * help to look for that cost more than they save.
 */
export function startFrugally(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--no-parallel-scavenge')
}

/** To be called once it serves: under load more room is cheaper, since what is collected too early grows old. */
export function runFreely(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
