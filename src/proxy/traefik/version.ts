/** A version of Traefik, as far as it is known. */
export interface TraefikVersion {
  readonly major: number
  readonly minor: number
  /** Undefined where only `3.7` was said. */
  readonly patch?: number
  /** `rc.1` of `3.7.0-rc.1`: before the version itself. */
  readonly pre?: string
}

/** The newest that what we write was tried with; meant where nobody says otherwise. */
export const NEWEST: TraefikVersion = { major: 3, minor: 7, patch: 13 }

const VERSION = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:-([0-9A-Za-z.-]{1,32}))?$/

/** `3.7`, `v3.7.13`, `3.8.0-rc.1`; undefined for anything else, such as `dev`. */
export function parseVersion(text: string): TraefikVersion | undefined {
  const [, major, minor, patch, pre] = VERSION.exec(text) ?? []
  if (major === undefined || minor === undefined) return undefined
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch !== undefined && { patch: Number(patch) }),
    ...(pre !== undefined && { pre }),
  }
}

export function versionText({ major, minor, patch, pre }: TraefikVersion): string {
  return [major, minor, ...(patch === undefined ? [] : [patch])].join('.') + (pre === undefined ? '' : `-${pre}`)
}

type Since = readonly [major: number, minor: number, patch: number]

/** Since when Traefik knows what we may write. An option it does not know makes it refuse the whole file. */
const SINCE = {
  'forwardAuth.maxResponseBodySize': [3, 6, 9],
} as const satisfies Readonly<Record<string, Since>>

export type TraefikOption = keyof typeof SINCE

/** Does this Traefik know the option? Where only `3.6` was said, what came later in 3.6 is not counted on. */
export function knows(version: TraefikVersion, option: TraefikOption): boolean {
  return atLeast(version, SINCE[option])
}

/** A release candidate is not yet what it will be. */
export function atLeast({ major, minor, patch = 0, pre }: TraefikVersion, [a, b, c]: Since): boolean {
  const difference = major - a || minor - b || patch - c
  return difference > 0 || (difference === 0 && pre === undefined)
}
