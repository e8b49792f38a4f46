import type { Entry } from 'ldapts'
import type { LdapConfig } from '../../config/operator-file.ts'
import { normaliseGroup } from '../local/names.ts'
import type { Search } from './connection.ts'
import { ownName, texts } from './entry.ts'
import { fillFilter } from './escape.ts'
import { foldDn, rdnValue } from './rdn.ts'

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): Active Directory follows the chain itself. */
const IN_CHAIN = '1.2.840.113556.1.4.1941'
export const MOST_GROUPS = 500
export const MOST_LEVELS = 10
/** Questions under way at once: servers drop a connection with too many. */
const AT_ONCE = 20

/** The little of a connection that is used. */
export interface GroupSource {
  search(base: string, search: Search): Promise<Entry[]>
  isActiveDirectory(): Promise<boolean>
}

interface Member {
  readonly dn: string
  /** Of a person; a group has none. */
  readonly user: string
  /** DNs; of the entry itself. */
  readonly memberOf: readonly string[]
}

/** More groups, or deeper ones, than are followed. Never a part of them: a `deny` might name one that is left out. */
export class TooManyGroups extends Error {}

/**
 * The names of the groups somebody is in, directly or, where `nested`, by other groups; sorted, each once. A name that no
 * label could say (one with a comma) is left out.
 */
export async function groupsOf(
  source: GroupSource,
  person: Entry,
  user: string,
  settings: LdapConfig['groups'],
): Promise<string[]> {
  const { base, nested } = settings
  const member = { dn: person.dn, user, memberOf: memberOf(person) }
  const chained = nested && base !== undefined && (await source.isActiveDirectory())
  const groups = chained
    ? await source.search(base, {
        filter: fillFilter(`(member:${IN_CHAIN}:={dn})`, { dn: person.dn }),
        attributes: [settings.name],
      })
    : await follow(source, member, settings)
  if (groups.length > MOST_GROUPS) throw new TooManyGroups(`${person.dn} is in more than ${MOST_GROUPS} groups`)
  const names = groups.flatMap((group) => normaliseGroup(ownName(group, settings.name)) ?? [])
  return [...new Set(names)].toSorted()
}

/** Level by level, each group once: a circle of groups ends where it began. */
async function follow(source: GroupSource, person: Member, settings: LdapConfig['groups']): Promise<Entry[]> {
  const seen = new Map<string, Entry>()
  let members: readonly Member[] = [person]
  for (let level = 1; members.length > 0; level++) {
    if (level > MOST_LEVELS)
      throw new TooManyGroups(`groups of ${person.dn} are nested in more than ${MOST_LEVELS} levels`)
    const found = await groupsOfAll(source, members, settings)
    const fresh = found.filter(({ dn }) => !seen.has(foldDn(dn)))
    for (const group of fresh) seen.set(foldDn(group.dn), group)
    if (seen.size > MOST_GROUPS) throw new TooManyGroups(`${person.dn} is in more than ${MOST_GROUPS} groups`)
    members = settings.nested ? fresh.map((group) => ({ dn: group.dn, user: '', memberOf: memberOf(group) })) : []
  }
  return [...seen.values()]
}

/** The groups that have one of these members, each perhaps more than once. */
async function groupsOfAll(
  source: GroupSource,
  members: readonly Member[],
  { base, filter, name, nested }: LdapConfig['groups'],
): Promise<Entry[]> {
  if (base !== undefined && filter !== undefined) {
    // A group is a member by its DN alone.
    const asked = members.filter(({ user }) => user !== '' || filter.includes('{dn}'))
    return inBatches(asked, async (batch) => {
      const filters = batch.map(({ dn, user }) => fillFilter(filter, { dn, username: user }))
      return source.search(base, { filter: `(|${filters.join('')})`, attributes: [name] })
    })
  }
  const dns = [...new Set(members.flatMap((member) => member.memberOf))]
  if (dns.length > MOST_GROUPS) throw new TooManyGroups(`more than ${MOST_GROUPS} groups at once`)
  return inBatches(dns, async (batch) => (await Promise.all(batch.map(readGroup))).flat())

  async function readGroup(dn: string): Promise<Entry[]> {
    // Its own name says it, and nobody asks further.
    if (!nested && rdnValue(dn, name) !== undefined) return [{ dn }]
    const search = { filter: '(objectClass=*)', scope: 'base', attributes: [name, 'memberOf'] } as const
    const found = await source.search(dn, search)
    // It may lie where whoever searches cannot look; its members are its members nevertheless.
    return found.length === 0 ? [{ dn }] : found
  }
}

async function inBatches<T>(items: readonly T[], ask: (batch: readonly T[]) => Promise<Entry[]>): Promise<Entry[]> {
  const found: Entry[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) found.push(...(await ask(items.slice(at, at + AT_ONCE))))
  return found
}

/** Active Directory gives long lists in parts (MS-ADTS 3.1.1.3.1.3.3): `memberOf;range=0-1499`. */
function memberOf(entry: Entry): string[] {
  if (Object.keys(entry).some((key) => /^memberof;range=/i.test(key)))
    throw new TooManyGroups(`${entry.dn} is in more groups than the server gives at once`)
  return texts(entry, 'memberOf')
}
