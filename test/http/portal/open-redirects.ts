/**
 * Ways to write "go to `evil`" so that a careless check takes it for a path, or for `good` (threat C-25). Built from
 * the tricks of published lists: what stands for the scheme, for the two slashes, and in front of the host.
 */
export function foreignEncodings(evil: string, good: string): string[] {
  const schemes = ['', 'https:', 'http:', 'HTTPS:', 'hTtPs:', 'https:https:', ' https:', '\thttps:', 'ht\ntps:']
  const slashes = [
    '//',
    '///',
    '////',
    '/\\',
    '\\/',
    '\\\\',
    '/\t/',
    '/\n/',
    '\t//',
    '/./\\',
    '/.//',
    '/..//',
    '/%2f',
    '/%5c',
    '%2f%2f',
    '\\\\\\',
    '/ /',
    '\u0000//',
  ]
  const fronts = ['', `${good}@`, `${good}:443@`, `${good}%40`, `${good}\\@`, 'user:pass@', `${good}.`, `${good}%2e`]
  const ends = ['', '/', `/${good}`, `?${good}`, `#@${good}`, `\\.${good}`, '/%2e%2e', `;@${good}`, '\u3002', '%00']
  const all = new Set<string>()
  for (const scheme of schemes)
    for (const slash of slashes) for (const front of fronts) all.add(scheme + slash + front + evil)
  for (const slash of slashes)
    for (const end of ends) for (const scheme of ['', 'https:']) all.add(scheme + slash + evil + end)
  for (const slash of slashes) all.add(`https://${good}${slash}${evil}`).add(`https://auth.example.com${slash}${evil}`)
  return [...all]
}
