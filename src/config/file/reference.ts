import { OIDC_PRESETS, type ClaimPath, type OidcPreset } from '../operator-file.ts'
import { presetOf } from './presets.ts'
import { SCHEMA } from './schema.ts'
import type { Schema } from './schema-words.ts'

const HEAD = `# The operator's file

\`LABELGATE_CONFIG\` names it; without that, \`/etc/labelgate/labelgate.yaml\` is read where it is there. Nothing in it is
required, and secrets never stand in it: keys that end in \`-file\` name the files that hold them. An example:
[labelgate.yaml](labelgate.yaml); for editors: [labelgate.schema.json](labelgate.schema.json).

It is YAML 1.2: one document, each key once, \`no\` and \`on\` are text. Lists are written with commas, as in labels
(\`allow: group:staff, user:alice\`), or as lists of YAML. Whatever is wrong is reported at once, with the line and with
what to write: at start the process exits with 2; \`labelgate check\` says the same.

When the file changes, or a file of a secret that it names, it is read again within a second or two, without a restart;
SIGHUP reads it at once. A wrong one changes nothing: the last good one stays, the log names the errors, and the metric
\`labelgate_config_valid\` is 0. What the environment says is read at start alone.

Where the file and labels say otherwise, the file holds.`

const PRESETS = `## Presets

What a preset has, the file may say otherwise. \`Groups\` are the claims they are read from; without one, a rule by group
can never hold, so \`admit\` may not name one.`

const FOOT = `This page is generated: \`npm run docs\`.`

/** deploy/config.md, made of the schema that judges the file. */
export function fileReference(): string {
  const { definitions = {}, properties = {} } = SCHEMA
  const [providers, policies, bearer] = [properties['providers'], properties['policies'], properties['bearer']]
  const parts = [
    HEAD,
    `## Providers\n\n${providers?.description ?? ''} \`type\` says what one speaks: \`oidc\` where it says nothing.`,
    section('providers.<name>, type oidc', definitions['oidc']),
    PRESETS,
    presetTable(),
    section('providers.<name>, type github', definitions['github']),
    section('providers.<name>, type ldap', definitions['ldap']),
    section('policies.<name>', definitions['policy'], policies?.description),
    section('bearer.<name>', definitions['bearer'], bearer?.description),
    ...['tokens', 'headers', 'labels'].map((name) => section(name, properties[name])),
    FOOT,
  ]
  return `${parts.join('\n\n')}\n`
}

function section(title: string, schema: Schema = {}, before?: string): string {
  const said = [before, schema.description].filter((text) => text !== undefined).join(' ')
  return [
    `## ${title}`,
    '',
    said,
    '',
    row(['key', 'value', 'default', 'meaning']),
    row(DASHES),
    ...rowsOf(schema, ''),
  ].join('\n')
}

const DASHES = ['---', '---', '---', '---']

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`
    if (schema.properties !== undefined) return rowsOf(schema, `${key}.`)
    const fallback = required.includes(name) ? '**required**' : defaultOf(schema)
    return [row([`\`${key}\``, valueOf(schema), fallback, `${schema.description ?? ''}${exampleOf(schema)}`])]
  })
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined) return ''
  return `\`${Array.isArray(value) ? value.join(', ') : textOf(value)}\``
}

function valueOf({ type, enum: words, items }: Schema): string {
  const allowed = words ?? items?.enum
  if (allowed !== undefined) return allowed.map((word) => `\`${word}\``).join(', ')
  if (type === 'boolean') return '`true` or `false`'
  if (type === 'object') return 'names with values'
  return Array.isArray(type) ? 'items' : 'text'
}

function exampleOf({ examples: [example] = [] }: Schema): string {
  if (example === undefined) return ''
  return ` Example: \`${textOf(example)}\``
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function presetTable(): string {
  const rows = OIDC_PRESETS.map((name) => row(presetCells(name)))
  return [row(['preset', 'issuer', 'scopes', 'groups']), row(DASHES), ...rows].join('\n')
}

function presetCells(name: OidcPreset): string[] {
  const { issuer, scopes, claims } = presetOf(name, '<client-id>')
  const groups = [...claims.groups.map(shown), ...(claims.groupKeys ?? []).map((path) => `keys of ${shown(path)}`)]
  const own = name === 'entra' ? 'by `tenant`' : issuer
  return [`\`${name}\``, own ?? '', scopes.join(' '), groups.join(', ') || 'none']
}

function shown(path: ClaimPath): string {
  return `\`${path.join('.')}\``
}
