import { FilterParser } from 'ldapts'
import type { LdapConfig } from '../../config/operator-file.ts'
import { isHere } from '../../syntax/here.ts'
import { fillFilter } from './escape.ts'

/** Why these settings cannot be used, as a sentence; undefined where they can. */
export function settingsProblem(settings: LdapConfig): string | undefined {
  const { urls, userDn, userBase, userFilter, groups } = settings
  const strange = urls.find((url) => !/^ldaps?:$/.test(URL.parse(url)?.protocol ?? ''))
  if (strange !== undefined) return `${strange} is no address of an LDAP server.`
  const plain = settings.allowPlain || settings.startTls ? undefined : urls.find((url) => !isSafe(url))
  if (urls.length === 0) return 'There is no server.'
  if (plain !== undefined) return `Passwords would go to ${plain} unencrypted.`
  if (userDn === undefined && userBase === undefined) return 'Neither userDn nor userBase says where people are.'
  if (userDn !== undefined && !userDn.includes('={username}')) return 'userDn is no name with {username} in it.'
  if (!isFilter(userFilter, ['{username}'])) return 'userFilter is no filter with {username} in it.'
  if (groups.filter !== undefined && !isFilter(groups.filter, ['{dn}', '{username}']))
    return 'groups.filter is no filter with {dn} or {username} in it.'
  if (groups.filter !== undefined && groups.base === undefined) return 'groups.filter is there without groups.base.'
  return undefined
}

/** One that asks for the same whoever is asked about would make everybody the same person. */
function isFilter(template: string, blanks: readonly string[]): boolean {
  if (!blanks.some((blank) => template.includes(blank))) return false
  try {
    FilterParser.parseString(fillFilter(template, { username: 'x', dn: 'x' }))
    return true
  } catch {
    return false
  }
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'ldaps:' || isHere(hostname)
}
