import { parseAccept } from './credentials.ts'
import { HEADER_PRESETS } from './header-presets.ts'
import { namedPolicy } from './named-policy.ts'
import { parseAllow } from './subjects.ts'

/** What the operator's settings are read by where they say what labels say: handed to config/, so that there is one. */
export const GRAMMAR = { allow: parseAllow, accept: parseAccept, policy: namedPolicy, headers: HEADER_PRESETS }
