import type { Operator } from './operator.ts'
import { good, type Parsed } from './parsed.ts'
import { REFUSED } from './public.ts'
import type { Policy } from './spec.ts'
import { nameOf } from './words.ts'

/** A policy by this name is built in, and no operator has another. */
const IDENTIFY = 'identify'

/** A policy of the operator's, by its name. */
export function parsePolicy(text: string, operator: Operator): Parsed<Policy> {
  if (text === IDENTIFY) return identifyPolicy(operator)
  const name = nameOf(text, [...operator.policies.keys()], "the operator's policies")
  const policy = operator.policies.get(name.value ?? '')
  return policy === undefined ? { faults: name.faults } : good(policy)
}

/** Tells an app who is there and refuses nobody; like what is public, where the operator lets labels say so. */
function identifyPolicy({ publicLabels, defaultAccept }: Operator): Parsed<Policy> {
  if (!publicLabels) return REFUSED
  const said = `policy ${IDENTIFY}`
  return good({
    identify: true,
    allow: [{ kind: 'signed-in' }],
    deny: [],
    require: [],
    public: [],
    accept: defaultAccept,
    words: { allow: said, accept: said },
  })
}
