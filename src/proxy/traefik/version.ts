import type { Version } from '../../syntax/version.ts'

/** The newest that what we write was tried with; meant where nobody says otherwise. */
export const NEWEST: Version = { major: 3, minor: 7, patch: 13 }

type Since = readonly [major: number, minor: number, patch: number]

/** Since when Traefik knows what we may write. An option it does not know makes it refuse the whole file. */
const SINCE = {
  'forwardAuth.maxResponseBodySize': [3, 6, 9],
} as const satisfies Readonly<Record<string, Since>>

export type TraefikOption = keyof typeof SINCE

/** Does this Traefik know the option? Where only `3.6` was said, what came later in 3.6 is not counted on. */
export function knows(version: Version, option: TraefikOption): boolean {
  return atLeast(version, SINCE[option])
}

/** A release candidate is not yet what it will be. */
export function atLeast({ major, minor, patch = 0, pre }: Version, [a, b, c]: Since): boolean {
  const difference = major - a || minor - b || patch - c
  return difference > 0 || (difference === 0 && pre === undefined)
}
