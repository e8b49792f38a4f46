import { isIPv4 } from 'node:net'
import type { LdapConfig } from '../../config/operator-file.ts'

/** Why these settings cannot be used, as a sentence; undefined where they can. */
export function settingsProblem(settings: LdapConfig): string | undefined {
  const { urls, userDn, userBase, groups } = settings
  const plain = settings.allowPlain || settings.startTls ? undefined : urls.find((url) => !isSafe(url))
  if (urls.length === 0) return 'There is no server.'
  if (plain !== undefined) return `Passwords would go to ${plain} unencrypted.`
  if (userDn === undefined && userBase === undefined) return 'Neither userDn nor userBase says where people are.'
  if (userDn !== undefined && !userDn.includes('={username}')) return 'userDn is no name with {username} in it.'
  if (groups.filter !== undefined && groups.base === undefined) return 'groups.filter is there without groups.base.'
  return undefined
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'ldaps:' || hostname === 'localhost' || hostname === '[::1]' || isLoopback(hostname)
}

function isLoopback(hostname: string): boolean {
  return isIPv4(hostname) && hostname.startsWith('127.')
}
