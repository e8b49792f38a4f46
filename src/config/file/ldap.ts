import { ldapts } from '../../lazy.ts'
import { isHere } from '../../syntax/here.ts'
import { duration, line } from '../plain.ts'
import type { LdapConfig } from '../operator-file.ts'
import { DEFAULT_REFRESH, optional, REFRESH } from './oidc.ts'
import type { Part } from './part.ts'

const TIMEOUT = duration({ least: '1s', most: '30s' })
const DEFAULT_TIMEOUT = 5000

const GENERIC = {
  userFilter: '(uid={username})',
  attributes: { user: 'uid', email: 'mail', name: 'cn', id: 'entryUUID' },
}
/** The first clause leaves computers out. */
const ACTIVE_DIRECTORY = {
  userFilter: '(&(objectCategory=person)(sAMAccountName={username}))',
  attributes: { user: 'sAMAccountName', email: 'mail', name: 'displayName', id: 'objectGUID' },
}

export function ldapProvider(name: string, part: Part): LdapConfig {
  const preset = part.text('preset') === 'active-directory' ? ACTIVE_DIRECTORY : GENERIC
  const attributes = part.part('attributes')
  const { user, email, name: display, id } = preset.attributes
  return {
    type: 'ldap',
    name,
    title: part.parsed('title', line(60)) ?? name,
    admit: part.admit('admit', true),
    urls: urlsOf(part),
    startTls: part.flag('start-tls'),
    allowPlain: part.flag('allow-plain'),
    ...optional('bind', bindOf(part)),
    ...userOf(part),
    userFilter: filterOf(part, 'user-filter', /\{username\}/) ?? preset.userFilter,
    attributes: {
      user: attributes.text('user') ?? user,
      email: attributes.text('email') ?? email,
      name: attributes.text('name') ?? display,
      id: attributes.text('id') ?? id,
    },
    groups: groupsOf(part.part('groups')),
    refresh: part.parsed('refresh', REFRESH) ?? DEFAULT_REFRESH,
    timeout: part.parsed('timeout', TIMEOUT) ?? DEFAULT_TIMEOUT,
    ...optional('ca', part.certificates('ca-file')),
  }
}

function urlsOf(part: Part): readonly string[] {
  const urls = part.list('urls')
  for (const text of urls) {
    const [, scheme] = /^(ldaps?):\/\/[^\s/?#@\\]+\/?$/.exec(text) ?? []
    if (scheme === undefined || !URL.canParse(text)) {
      part.note(
        'urls',
        'has an item that is no server: write ldaps://host or ldap://host, with a port where it is another',
      )
      continue
    }
    if (scheme === 'ldaps' && part.flag('start-tls'))
      part.note('start-tls', 'has no use with ldaps://, which is TLS from the start: leave it out, or write ldap://')
    if (scheme === 'ldap' && !part.flag('start-tls') && !part.flag('allow-plain') && !isHere(new URL(text).hostname))
      part.note('urls', 'would send passwords in the open: write ldaps://, or start-tls: true, or allow-plain: true')
  }
  return urls
}

function bindOf(part: Part): LdapConfig['bind'] {
  const dn = part.text('bind-dn')
  const password = part.secret('bind-password-file')
  if (dn === undefined && part.has('bind-password-file'))
    part.note('bind-password-file', 'is without bind-dn: write both, or neither')
  // a bind without a password is anonymous, and succeeds for any name (RFC 4513 section 5.1.2)
  if (dn !== undefined && !part.has('bind-password-file'))
    part.note('bind-dn', 'is without bind-password-file: write both, or neither')
  return dn === undefined || password === undefined ? undefined : { dn, password }
}

function userOf(part: Part): Pick<LdapConfig, 'userDn' | 'userBase'> {
  const userDn = part.text('user-dn')
  const userBase = part.text('user-base')
  if (userDn === undefined && userBase === undefined)
    part.note('user-base', 'is needed, or user-dn: say below what people are, or where each of them is')
  if (userDn !== undefined && !userDn.includes('={username}'))
    part.note('user-dn', 'names nobody: write it like uid={username},ou=people,dc=example,dc=com')
  return { ...optional('userDn', userDn), ...optional('userBase', userBase) }
}

function groupsOf(part: Part): LdapConfig['groups'] {
  const filter = filterOf(part, 'filter', /\{(?:username|dn)\}/)
  if (part.has('filter') && !part.has('base'))
    part.note('filter', 'is without base: say below what groups are searched for, or leave it out for memberOf')
  return {
    ...optional('base', part.text('base')),
    ...optional('filter', filter),
    name: part.text('name') ?? 'cn',
    nested: part.flag('nested'),
  }
}

/** RFC 4515; the names in it are escaped where it is used. @param blank what has to stand in it */
function filterOf(part: Part, key: string, blank: RegExp): string | undefined {
  const text = part.text(key)
  if (text === undefined) return undefined
  if (!blank.test(text)) return part.note(key, 'finds the same for everybody: put {username} in it')
  if (!text.startsWith('(') || !isFilter(text))
    return part.note(key, 'is no filter: write it in parentheses, like (uid={username})')
  return text
}

/** The parser does not miss a parenthesis at the end. */
function isFilter(text: string): boolean {
  if (text.split('(').length !== text.split(')').length) return false
  try {
    ldapts().FilterParser.parseString(text)
    return true
  } catch {
    return false
  }
}
