/** What a label asks for and the operator has for other apps. */
import type { Draft } from './draft.ts'
import { tokenHeaders } from './headers.ts'
import type { Operator } from './operator.ts'
import { fault } from './parsed.ts'
import type { LabelFault, Placed } from './place.ts'

/** @param own the labels that `draft` was read from; `id`: of the app */
export function foreign(own: readonly Placed[], draft: Draft, id: string, operator: Operator): readonly LabelFault[] {
  return [...credentials(draft, id, operator), ...tokens(own, draft, id, operator)]
}

function credentials({ values }: Draft, id: string, { upstreamBasic }: Operator): readonly LabelFault[] {
  const said = values['upstream-basic']
  if (said === undefined || upstreamBasic?.get(said.value)?.includes(id) === true) return []
  const reason = `is not for the app ${id}`
  return [
    { label: said.label, fault: fault(reason, `ask the operator to name it in upstream-basic.${said.value}.apps`) },
  ]
}

function tokens(
  own: readonly Placed[],
  { headers }: Draft,
  id: string,
  { upstreamTokens }: Operator,
): readonly LabelFault[] {
  return tokenHeaders(headers).flatMap(({ header, kind }) => {
    if (upstreamTokens?.get(id)?.has(kind) === true) return []
    const reason = `no provider’s ${kind} token is for the app ${id}`
    const mend = `ask the operator to name the app, and ${kind}, in upstream-tokens of a provider`
    const label = own.find(({ key, parameter }) => key === 'headers' && parameter === header.toLowerCase())?.label
    return [{ ...(label !== undefined && { label }), fault: fault(reason, mend) }]
  })
}
