import type { Method, Policy, PublicPattern, Rule } from '../labels/spec.ts'
import { isUnder, type CanonicalPath } from '../syntax/path.ts'
import type { Claim } from '../table/table.ts'
import type { CanonicalRequest, Judged } from './decision.ts'

/** Which policy judges this request: the narrowest rule's, else the app's own. */
export function judge(claim: Claim, request: CanonicalRequest): Judged {
  const rule = narrowest(claim.app.spec.rules, request)
  if (rule === undefined) return { claim, policy: claim.app.spec.policy, rule: undefined }
  return { claim, policy: rule.policy, rule: rule.name }
}

/** Every policy of these apps: what an ambiguous path has to satisfy, since it could be any of them. */
export function everyPolicy(claims: readonly Claim[]): readonly Policy[] {
  return claims.flatMap(({ app: { spec } }) => [spec.policy, ...spec.rules.map((rule) => rule.policy)])
}

/** The longest path wins, then the rule that names the method. Two that are equal in both are refused as labels. */
function narrowest(rules: readonly Rule[], request: CanonicalRequest): Rule | undefined {
  let best: Rule | undefined
  for (const rule of rules) {
    if (!isUnder(rule.folded, request.path.folded) || !namesMethod(rule.methods, request.method)) continue
    if (best === undefined || isNarrower(rule, best)) best = rule
  }
  return best
}

function isNarrower(rule: Rule, than: Rule): boolean {
  if (rule.folded.length !== than.folded.length) return rule.folded.length > than.folded.length
  return rule.methods !== undefined && than.methods === undefined
}

// HEAD tells what GET would (RFC 9110 section 9.3.2): a rule for GET protects from both.
function namesMethod(methods: readonly Method[] | undefined, method: Method): boolean {
  if (methods === undefined || methods.includes(method)) return true
  return method === 'HEAD' && methods.includes('GET')
}

/** Does a public pattern cover it? Exact in case and method, and never for a path that could be read in two ways. */
export function isPublic(patterns: readonly PublicPattern[], method: Method, path: CanonicalPath): boolean {
  if (path.ambiguous) return false
  return patterns.some(
    (pattern) =>
      (pattern.methods === undefined || pattern.methods.includes(method)) &&
      (pattern.subtree ? isUnder(pattern.path, path.text) : pattern.path === path.text),
  )
}
