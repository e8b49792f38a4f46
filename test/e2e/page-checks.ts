/** What every page has to satisfy in a real browser, whatever it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

export interface Findings {
  /** Pixels by which the page is wider than the window. */
  readonly overflow: number
  /** Fields without a label, buttons and links without words. */
  readonly nameless: readonly string[]
  /** Text whose contrast is below WCAG 2.2 AA: 4.5, or 3 for large text. */
  readonly faint: readonly string[]
  /** Things to press that are less than 24 CSS pixels high or wide (WCAG 2.2, 2.5.8), links in running text aside. */
  readonly small: readonly string[]
  readonly lang: string
  readonly headings: number
}

const INSPECT = readFileSync(join(import.meta.dirname, 'inspect-page.js'), 'utf8')

export function inspect(page: Page): Promise<Findings> {
  return page.evaluate<Findings>(INSPECT)
}

/** What has the focus when the page opens, then what the Tab key reaches: names of fields, words of links. */
export async function tabOrder(page: Page): Promise<string[]> {
  const seen: string[] = []
  for (let i = 0; i < 20; i++) {
    const focus = page.locator('css=body :focus')
    if ((await focus.count()) > 0) {
      const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
      const words =
        (await focus.getAttribute('name')) ?? (await focus.locator('css=strong').or(focus).last().innerText())
      seen.push(outline === 'none' ? `${words} (focus is not visible)` : words)
    } else if (seen.length > 0) break
    await page.keyboard.press('Tab')
  }
  return seen
}
