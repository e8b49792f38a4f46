/** A version, as far as it is known. */
export interface Version {
  readonly major: number
  readonly minor: number
  /** Undefined where only `3.7` was said. */
  readonly patch?: number
  /** `rc.1` of `3.7.0-rc.1`: before the version itself. */
  readonly pre?: string
}

const VERSION = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:-([0-9A-Za-z.-]{1,32}))?$/

/** `3.7`, `v3.7.13`, `3.8.0-rc.1`; undefined for anything else, such as `dev`. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, pre] = VERSION.exec(text) ?? []
  if (major === undefined || minor === undefined) return undefined
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch !== undefined && { patch: Number(patch) }),
    ...(pre !== undefined && { pre }),
  }
}

export function versionText({ major, minor, patch, pre }: Version): string {
  return [major, minor, ...(patch === undefined ? [] : [patch])].join('.') + (pre === undefined ? '' : `-${pre}`)
}
