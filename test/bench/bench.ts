/** The figures of labelgate. Each part gives rows; one that cannot be measured here says why. */
import { credentialRows } from './credential.ts'
import { eventRows } from './event.ts'
import { guardRows } from './guard.ts'
import { programRows } from './program.ts'
import { proxyRows } from './proxies/proxies.ts'
import { requestRows } from './request.ts'
import { tableText, verdict, type Row } from './row.ts'
import { tableRows } from './table.ts'

const PARTS = {
  request: requestRows,
  credential: credentialRows,
  table: tableRows,
  event: eventRows,
  guard: guardRows,
  program: programRows,
  proxies: proxyRows,
}
type Part = keyof typeof PARTS

/**
 * @param args `--json`, `--quick`, and names of parts; all of them where none is named
 * @returns exit code: 0 also where a figure is over its limit, 1 where a part broke, 2 for arguments we do not know
 */
export async function bench(args: readonly string[]): Promise<number> {
  const flags = new Set(args.filter((arg) => arg.startsWith('--')))
  const named = args.filter((arg) => !flags.has(arg))
  const unknown = [
    ...[...flags].filter((flag) => flag !== '--json' && flag !== '--quick'),
    ...named.filter((name) => !isPart(name)),
  ]
  if (unknown.length > 0) {
    console.error(`bench: ${unknown.join(' ')}? It takes --json, --quick and parts: ${Object.keys(PARTS).join(' ')}`)
    return 2
  }
  const parts = named.length > 0 ? named.filter(isPart) : (Object.keys(PARTS) as Part[])
  const rows: Row[] = []
  let broken = false
  for (const part of parts) {
    try {
      console.error(`bench: ${part} …`)
      rows.push(...(await PARTS[part](flags.has('--quick'))))
    } catch (error) {
      broken = true
      console.error(`bench: ${part} could not be measured:`, error)
    }
  }
  console.log(
    flags.has('--json')
      ? JSON.stringify(
          rows.map((row) => ({ ...row, verdict: verdict(row) })),
          null,
          2,
        )
      : tableText(rows),
  )
  return broken ? 1 : 0
}

function isPart(name: string): name is Part {
  return Object.hasOwn(PARTS, name)
}
