import type { Option } from './option.ts'
import { GROUPS } from './options.ts'

const HEAD = `# Options

Every option is an environment variable. With \`_FILE\` behind its name it holds the path of a file with the value
instead: \`LABELGATE_PROXY_KEY_FILE=/run/secrets/proxy-key\`. Whatever is wrong is reported at once, with what to write,
and the process exits with 2; an unknown \`LABELGATE_…\` variable is wrong too.

Durations are a number and \`s\`, \`m\`, \`h\` or \`d\`: \`90s\`, \`15m\`, \`8h\`, \`7d\`. Lists are written with commas. An origin is
scheme, host and port, with nothing behind: \`https://auth.example.com\`.

This page is generated: \`npm run docs\`.`

/** The page of all options, Markdown, made of the rows that judge them. */
export function optionReference(): string {
  const sections = Object.entries(GROUPS).map(([title, options]) => section(title, Object.values(options)))
  return `${[HEAD, ...sections].join('\n\n')}\n`
}

function section(title: string, options: readonly Option[]): string {
  const rows = options.map((option) => {
    const cells = [`\`${option.name}\``, defaultOf(option), option.unit, option.sentence]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [`## ${title}`, '', '| option | default | value | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function defaultOf(option: Option): string {
  if (!('default' in option)) return option.unset === 'required' ? '**required**' : `unset: ${option.unset}`
  return option.default === '' ? 'none' : `\`${option.default}\``
}
