import type { HeaderSpec } from './spec.ts'

/** Families of headers by which apps are told who is there; the operator chooses one (`labels.default-headers`). */
export const HEADER_PRESETS = {
  remote: [
    { name: 'Remote-User', value: { kind: 'user' } },
    { name: 'Remote-Email', value: { kind: 'email' } },
    { name: 'Remote-Name', value: { kind: 'name' } },
    { name: 'Remote-Groups', value: { kind: 'groups' } },
  ],
} as const satisfies Readonly<Record<string, readonly HeaderSpec[]>>
