const PROTOTYPE = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * `realm_access.roles` is roles inside realm_access; `\.` is a dot in a name. Names that are URLs or URNs
 * (`https://example.com/roles`, `urn:zitadel:iam:org:project:roles`) are taken whole.
 * @returns undefined where a name is empty or one of a prototype (threat E-31)
 */
export function parseClaimPath(text: string): readonly string[] | undefined {
  const names = text.includes(':') ? [text] : text.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'))
  return names.every((name) => name !== '' && !PROTOTYPE.has(name)) ? names : undefined
}
