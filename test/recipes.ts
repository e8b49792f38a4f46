import { readFileSync } from 'node:fs'

/** The blocks of YAML that a page of deploy/ says to write, by the title they stand under. */
export function recipesOf(page: string): Readonly<Record<string, readonly string[]>> {
  const text = readFileSync(`${import.meta.dirname}/../deploy/${page}`, 'utf8')
  const sections = text.split(/^## /m).slice(1)
  const found = sections.map((section): [string, string[]] => [
    section.slice(0, section.indexOf('\n')),
    [...section.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) => yaml),
  ])
  return Object.fromEntries(found.filter(([, blocks]) => blocks.length > 0))
}

/**
 * One of them, with addresses and paths of the test in place of the page's.
 * @param place `<page>#<title>`, the first block below it; `<page>#<title>#2` the second
 * @throws Error where the page does not say what would be replaced: the recipe has changed
 */
export function recipe(place: string, replaced: Readonly<Record<string, string>> = {}): string {
  const [page = '', title = '', nth = '1'] = place.split('#')
  let yaml = recipesOf(page)[title]?.[Number(nth) - 1]
  if (yaml === undefined) throw new Error(`there is no recipe at ${place}`)
  for (const [from, to] of Object.entries(replaced)) {
    if (!yaml.includes(from)) throw new Error(`${place} does not say ${from}`)
    yaml = yaml.replaceAll(from, () => to)
  }
  return yaml
}
