import { Filter } from 'ldapts'

/** What may stand in a template, and what for. */
export type Blanks = Readonly<Partial<Record<'username' | 'dn', string>>>

/** A filter (RFC 4515) in which `{username}` and `{dn}` are values, whatever stands in them. */
export function fillFilter(template: string, blanks: Blanks): string {
  return fill(template, blanks, (value) => Filter.escape(value))
}

/** A distinguished name (RFC 4514) in which `{username}` is a value, whatever stands in it. */
export function fillDn(template: string, blanks: Blanks): string {
  return fill(template, blanks, escapeDnValue)
}

/** In one pass: a value that looks like a blank is a value. */
function fill(template: string, blanks: Blanks, escape: (value: string) => string): string {
  return template.replaceAll(/\{(username|dn)\}/g, (_, name: keyof Blanks) => escape(blanks[name] ?? ''))
}

/** RFC 4514 section 2.4. Not by quotation marks, as ldapts has it: those are of RFC 2253, and NUL passes through them. */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(/["+,;<=>\\]/g, String.raw`\$&`)
    .replaceAll('\0', String.raw`\00`)
    .replace(/^[ #]/, String.raw`\$&`)
    .replace(/ $/, (blank) => (value.length === 1 ? blank : `\\${blank}`))
}
