import { MAX_LABELS } from './collect.ts'
import { MAX_HOSTS } from './hosts.ts'
import type { KeyName } from './key.ts'
import { isKeyName, KEYS } from './keys.ts'
import { MAX_APPS, MAX_RULES } from './place.ts'
import { MAX_ITEMS, MAX_VALUE } from './text.ts'

/** Every key, from the table that reads them, and what holds for all: Markdown, headings of the third level. */
export function labelReference(): string {
  const names = Object.keys(KEYS).filter(isKeyName)
  const groups = Map.groupBy(names, (name) => KEYS[name].group)
  const tables = [...groups].map(([group, names]) => `### ${group}\n\n${table(names)}`)
  return [INTRODUCTION, ...tables, RULES, APPS, HOSTS, LIMITS].join('\n\n') + '\n'
}

function table(names: readonly KeyName[]): string {
  return [row(['Label', 'Value', 'Without it']), row(['---', '---', '---']), ...names.map(keyRow)].join('\n')
}

function keyRow(name: KeyName): string {
  const { parameter, sentence, example, default: without, scopes } = KEYS[name]
  const key = `labelgate.${scopes.includes('app') || scopes.includes('container') ? '' : 'rules.<rule>.'}${name}`
  const inRules = scopes.includes('app') && scopes.includes('rule') ? ' Also in rules.' : ''
  return row([
    `\`${key}${parameter === undefined ? '' : `.${parameter}`}\``,
    `${sentence}${inRules} Example: \`${example}\``,
    without,
  ])
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

const INTRODUCTION = `Any of these labels protects the container. Keys are matched in any case, lists split at commas, blanks
around values do not count. An empty value, an unknown key and a value that cannot be read are errors: the app's hosts
are then denied to everybody, and the log, \`labelgate check\` and the admin page say which label it is.`

const RULES = `### Rules

\`labelgate.rules.<rule>.path\` starts a rule: a narrower part of the app, with its own \`methods\` and any key marked
“also in rules”. The longest path wins, then the rule that names the method. A rule has its app's \`allow\`, \`require\`,
\`accept\`, \`bearer\` and \`login\` where it does not say its own, and always its app's \`deny\`. What is public is not inherited: a rule
protects unless it says \`public\` itself. Below an app with a \`policy\`, a rule may only add \`deny\` and \`require\`,
or name another \`policy\`.`

const APPS = `### Several apps in one container

\`labelgate.apps.<id>.<key>\` declares a further app; every key but \`enable\` may stand there, and nothing is taken from
the container's own app. Where only such labels stand, there is no other app. Names of apps and rules are made of \`a-z\`,
\`0-9\`, \`-\` and \`_\`.`

const HOSTS = `### Hosts from Traefik's labels

Without \`host\`, the rules of the container's Traefik routers (\`traefik.http.routers.<name>.rule\`) are read; a further
app reads the router that bears its id, the container's own app reads the others. The rule must say its hosts exactly:
\`Host(…)\`, joined by \`||\`, each with any further conditions by \`&&\`. \`HostRegexp\`, \`!Host\` and rules without a
host are errors. Where labelgate writes the route, a rule may hold nothing besides hosts and one path prefix, since the
rest would be dropped. \`PathPrefix(/api)\` is read as the path \`/api\`, which ends at a segment boundary: \`/apix\`,
which Traefik sends along, is not let through.

No label claims \`*\`, an address, or a wildcard above a single label (\`*.com\`). A wildcard over a whole public suffix, such as
\`*.co.uk\`, is not told from others: \`LABELGATE_HOST_SUFFIXES\` says which hosts labels may claim at all.`

const LIMITS = `### Limits

A container carries at most ${MAX_LABELS} labels of ours, each at most ${MAX_VALUE} characters long, ${MAX_ITEMS} items in a
list, ${MAX_HOSTS} hosts and ${MAX_RULES} rules in an app, ${MAX_APPS} further apps. No value may hold control or invisible
characters, backticks or \`{{\`.`
