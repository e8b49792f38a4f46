import { setFlagsFromString } from 'node:v8'

/** To be called before anything else is loaded: what starting leaves behind then makes no room for good (5 MiB). */
export function startFrugally(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** To be called once it serves: what is collected too early grows old, and lies between what is looked up. */
export function runFreely(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
