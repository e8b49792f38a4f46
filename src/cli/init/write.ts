/** The files that `init` writes, as text. */
import { stringify } from 'yaml'
import type { ServiceLabels } from './apps.ts'
import type { OperatorPart } from './providers.ts'

export const OVERRIDE = 'labelgate.override.yaml'
export const OPERATOR = 'labelgate.yaml'

/** A compose file that goes over the others; undefined where there is nothing to label. */
export function overrideText(services: readonly ServiceLabels[], head: readonly string[]): string | undefined {
  if (services.length === 0) return undefined
  const byName = Map.groupBy(services, ({ service }) => service)
  const lines = [...byName].flatMap(([name, own]) => [
    `  ${keyText(name)}:`,
    ...own.flatMap(({ swarm, labels }) =>
      swarm ? ['    deploy:', ...labelLines(labels, '      ')] : labelLines(labels, '    '),
    ),
  ])
  return `${comment(head)}services:\n${lines.join('\n')}\n`
}

function labelLines(labels: ReadonlyMap<string, string>, indent: string): string[] {
  // a dollar begins a variable of compose
  return [
    `${indent}labels:`,
    ...[...labels].map(
      ([key, value]) => `${indent}  ${keyText(key)}: ${JSON.stringify(value.replaceAll('$', '$$$$'))}`,
    ),
  ]
}

export function operatorText({ providers, policies }: OperatorPart, head: readonly string[]): string | undefined {
  const parts = Object.entries({ providers, policies }).filter(([, part]) => Object.keys(part).length > 0)
  if (parts.length === 0) return undefined
  return comment(head) + stringify(Object.fromEntries(parts), { lineWidth: 0, defaultStringType: 'PLAIN' })
}

/** Plain where every reader of YAML takes it for a text. */
function keyText(key: string): string {
  return /^[a-z][\w.-]*$/i.test(key) && !/^(?:true|false|yes|no|on|off|y|n|null)$/i.test(key)
    ? key
    : JSON.stringify(key)
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => `# ${line}\n`).join('')
}
