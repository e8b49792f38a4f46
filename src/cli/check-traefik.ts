import { printable } from '../config/reader.ts'
import { traefikApi } from '../config/reach.ts'
import { isWrong } from '../config/parsed.ts'
import { readTraefik } from '../proxy/traefik/api.ts'
import { findingsOf } from '../proxy/traefik/findings.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { offlineSettingsOf } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** `labelgate check --traefik <origin>`: what in the settings of a Traefik that runs makes sign-in hollow. */
export async function checkTraefik(terminal: Terminal, text: string, json: boolean): Promise<ExitCode> {
  const origin = traefikApi(text)
  if (isWrong(origin)) throw new CommandError(EXIT.usage, `--traefik: ${origin.wrong}: ${origin.mend}`)
  const { internalUrl, portal, traefikFile, traefikHttp, traefikMode, traefikVersion } = offlineSettingsOf(terminal.env)
  const mode = traefikFile !== undefined || traefikHttp ? traefikMode : undefined
  const view = await readTraefik(origin.value).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(EXIT.unreachable, `Traefik's API at ${origin.value} cannot be read: ${why}`, {
      cause: error,
    })
  })
  const found = findingsOf(view, { mode, internalUrl, portalHost: portal.host, version: traefikVersion })
  if (json) terminal.out(JSON.stringify(found, null, 2))
  else {
    for (const { severity, subject, reason, mend } of found)
      terminal.out(printable(`${severity}: ${subject}: ${reason}: ${mend}`))
    terminal.err(`Traefik ${printable(view.version)}, ${view.routers.length} routers, ${found.length} findings`)
  }
  return found.some(({ severity }) => severity === 'error') ? EXIT.problems : EXIT.ok
}
