/** Routers of compose files as `check` shows them. */
import { OPTIONS } from '../config/options.ts'
import { printable, type Environment } from '../config/reader.ts'
import type { Settings } from '../config/settings.ts'
import type { Operator } from '../labels/operator.ts'
import type { Reading } from '../labels/spec.ts'
import { type Mode, reportRouters, type RouterReport } from './check-routers.ts'
import type { ComposeService } from './compose.ts'

export interface LocatedRouter extends RouterReport {
  readonly file: string
  readonly line: number
  readonly container: string
}

interface Read {
  readonly file: string
  readonly service: ComposeService
  readonly reading: Reading
}

export function routersIn(services: readonly Read[], mode: Mode, operator: Operator): readonly LocatedRouter[] {
  return services.flatMap(({ file, service, reading }) =>
    reportRouters(service, reading, { mode, operator }).map((report) => {
      const line = (report.key === undefined ? undefined : service.lines.get(report.key)) ?? service.line ?? 1
      return { ...report, file, line, container: service.name }
    }),
  )
}

/** By which of the options that say so are there. */
export function modeOf(env: Environment, { traefikMode, operator }: Pick<Settings, 'traefikMode' | 'operator'>): Mode {
  const { name } = OPTIONS.guardListen
  if (traefikMode === 'entrypoint') return 'entrypoint'
  if ((env[name] ?? env[`${name}_FILE`] ?? '') !== '') return 'guard'
  return operator.ownsRoutes ? 'routes' : 'by hand'
}

/** `compose.yaml:7: shop-web-1: router web Host(…): protected: …` */
export function routerLine({ file, line, container, router, rule, verdict, words }: LocatedRouter): string {
  return printable(`${file}:${line}: ${container}: router ${router} ${rule}: ${verdict}: ${words}`)
}

/** Beside the problems, which are errors and warnings. */
export function routerEntry({ words, ...report }: LocatedRouter) {
  return { ...report, severity: 'info' as const, reason: words }
}
