import { printable } from '../../config/reader.ts'
import type { Environment } from '../interpolate.ts'
import { faultOf, operatorBy } from './check-output.ts'
import { Notes } from './notes.ts'
import { type Carried, type Input, SOURCES } from './sources.ts'
import { OPERATOR, operatorText, OVERRIDE, overrideText } from './write.ts'

export interface CarriedOver {
  /** Name and text of each file. */
  readonly result: readonly (readonly [name: string, text: string])[]
  readonly notes: Notes
}

/** What the files of a program come to here. @param from one of `SOURCES` */
export function carryOver(from: string, files: Input['files'], env: Environment): CarriedOver {
  const source = SOURCES[from]
  const operator = operatorBy(undefined)
  if (source === undefined || typeof operator === 'string') throw new Error(`no way to read ${from}`)
  const notes = new Notes()
  const carried = source({ files, env, operator: { ...operator, ownsRoutes: false }, notes })
  const names = files.map(({ file }) => file)
  return { result: textsOf(checked(carried, names[0] ?? '-', notes), { from, notes, files: names }), notes }
}

/** Without what labelgate would refuse. */
function checked({ services, operator }: Carried, file: string, notes: Notes): Carried {
  const by = operatorBy(operatorText(operator, []))
  if (typeof by === 'string') {
    notes.left({ file, line: 1, text: OPERATOR }, `would not do, and is not written: ${by}`)
    return checked(
      {
        services: services.filter(({ labels }) => ![...labels.keys()].some((key) => key.endsWith('.policy'))),
        operator: { providers: {}, policies: {} },
      },
      file,
      notes,
    )
  }
  const good = services.filter((service) => {
    const wrong = faultOf(service, by)
    if (wrong !== undefined)
      notes.left({ file, line: 1, text: service.service }, `its labels would not do, and are not written: ${wrong}`)
    return wrong === undefined
  })
  return { services: good, operator }
}

function textsOf(
  { services, operator }: Carried,
  { from, notes, files }: { from: string; notes: Notes; files: readonly string[] },
): [string, string][] {
  const head = [
    printable(`Written by labelgate init --from ${from} ${files.join(' ')}`),
    ...notes.notCarried.map((line) => `not carried over: ${line}`),
  ]
  const texts: [string, string | undefined][] = [
    [OVERRIDE, overrideText(services, head)],
    [OPERATOR, operatorText(operator, head)],
  ]
  return texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))
}
