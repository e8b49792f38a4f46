/** What `init` has made is read as labelgate will read it: what does not pass is not written. */
import type { Operator } from '../../labels/operator.ts'
import { readLabels } from '../../labels/read.ts'
import { readCompose } from '../compose.ts'
import { loadFrom } from '../settings.ts'
import type { ServiceLabels } from './apps.ts'
import { overrideText } from './write.ts'

const PLACE = '/labelgate.yaml'

/** By no file. */
let plain: Operator | string | undefined

/** By the operator's file, or by none; a text where the file itself does not do. */
export function operatorBy(text: string | undefined): Operator | string {
  return text === undefined ? (plain ??= read(undefined)) : read(text)
}

function read(text: string | undefined): Operator | string {
  const env = {
    LABELGATE_PORTAL_URL: 'https://labelgate.invalid',
    ...(text !== undefined && { LABELGATE_CONFIG: PLACE }),
  }
  const loaded = loadFrom(
    env,
    (path) => {
      if (path === PLACE && text !== undefined) return text
      throw Object.assign(new Error(`${path} is not there`), { code: 'ENOENT' })
    },
    { offline: true },
  )
  return loaded.ok ? loaded.settings.operator : loaded.problems.join('; ').replaceAll(PLACE, 'labelgate.yaml')
}

/** What is wrong with the labels of one service, if anything. */
export function faultOf(service: ServiceLabels, operator: Operator): string | undefined {
  const { services, problems } = readCompose(overrideText([service], []) ?? '', 'compose.yaml', {})
  const readings = services.filter(({ swarm }) => swarm === service.swarm).map((one) => readLabels(one, operator))
  const [wrong] = [...problems, ...readings.flatMap((reading) => reading.problems)]
  return wrong === undefined ? undefined : `${wrong.key ?? ''} ${wrong.reason}`.trim()
}
