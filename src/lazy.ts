/**
 * Packages that only some installations need, loaded by what first needs them: together they would cost everybody 15 MiB
 * and a tenth of a second at each start. By Node's `require`, which takes ES modules too, since readers of the
 * operator's file cannot wait.
 */
import { createRequire } from 'node:module'
import type * as Ajv from 'ajv'
import type * as Ldapts from 'ldapts'
import type * as Yaml from 'yaml'

const require = createRequire(import.meta.url)

/** Reads the operator's file. */
export const yaml = () => require('yaml') as typeof Yaml
/** Judges it. */
export const ajv = () => require('ajv') as typeof Ajv
/** Reads filters of LDAP in it. */
export const ldapts = () => require('ldapts') as typeof Ldapts
