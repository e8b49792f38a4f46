import type { GatewaySettings } from '../config/settings.ts'
import { questioner } from '../http/forward/question.ts'
import { Certificates } from '../http/gateway/certificates.ts'
import { createGateway } from '../http/gateway/gateway.ts'
import { UpstreamError } from '../http/gateway/upstreams.ts'
import type { Log } from '../log.ts'
import { identityHeaderNames } from '../table/header-names.ts'
import type { Table } from '../table/table.ts'
import { CommandError, EXIT } from './exit.ts'
import type { Gate } from './gate.ts'
import { listen } from './listen.ts'

export interface Door {
  readonly settings: GatewaySettings
  /** Of what the address is from, for errors. */
  readonly option: string
  readonly table: () => Table | undefined
  readonly fault: (error: unknown) => void
  readonly log?: Log
}

/** The built-in gateway before a gate, listening. */
export async function openGateway(gate: Gate, door: Door): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const { frontDoor, forward } = gate
  const { settings, table, fault, log } = door
  await frontDoor.ready()
  const certificates = settings.certificates.length === 0 ? undefined : opened.use(await certificatesOf(door))
  const gateway = createGateway({
    portal: forward.portal,
    site: forward.site,
    ask: questioner(forward),
    askQuietly: questioner({ ...forward, observer: { decided: () => undefined } }),
    portalHandler: (req, res) => frontDoor.routing(req, res),
    identityHeaderNames: () => {
      const current = table()
      const header = forward.credentials.tokenHeader()
      return [...(current === undefined ? [] : identityHeaderNames(current)), ...(header === undefined ? [] : [header])]
    },
    ...(forward.reservedHeaders !== undefined && { reservedHeaders: forward.reservedHeaders }),
    fault: (error) => {
      // not ours, but whoever looks for the reason looks here
      if (error instanceof UpstreamError) log?.warn({ err: error }, 'an app did not answer')
      else fault(error)
    },
    certificates,
    timeout: settings.timeout,
  })
  opened.defer(() => gateway.close())
  await listen(gateway, settings.listen, door.option)
  return opened.move()
}

async function certificatesOf({ settings, log }: Door): Promise<Certificates> {
  try {
    return await Certificates.open({
      files: settings.certificates,
      heard: ({ refused, until }) => {
        if (refused === undefined) log?.info({ until }, 'the gateway has new certificates')
        else log?.error({ reason: refused }, 'the gateway keeps its certificates; those in the files do not do')
      },
    })
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error), { cause: error })
  }
}
