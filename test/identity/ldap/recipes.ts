import { readFileSync } from 'node:fs'

/** What deploy/ldap.md says to write, by the title it stands under. */
export function recipes(): Readonly<Record<string, string>> {
  const page = readFileSync(`${import.meta.dirname}/../../../deploy/ldap.md`, 'utf8')
  const sections = page.matchAll(/^## (.+)\n[^]*?```yaml\n([^]*?)```/gm)
  return Object.fromEntries([...sections].map(([, title = '', yaml = '']) => [title, yaml]))
}
