import type { Site } from './site.ts'
import { render } from './templates.ts'

/** A whole HTML document and the Content-Security-Policy it is answered with. */
export interface Page {
  readonly html: string
  readonly policy: string
}

/** A page that says something and offers where to go. */
export interface Notice {
  readonly heading: string
  readonly texts: readonly string[]
  readonly facts?: readonly { readonly term: string; readonly value: string }[]
  /** The first is the one most people want. */
  readonly links?: readonly { readonly label: string; readonly href: string }[]
}

/** The document alone: who calls it knows whose origin it is answered on. */
export function renderNotice(site: Pick<Site, 'title' | 'style' | 'logo'>, notice: Notice): string {
  return render('notice', { site, facts: [], links: [], ...notice })
}

/** Headers of a page's answer. Nothing we say may be kept, framed, sniffed, or named to the next site. */
export function pageHeaders({ policy }: Pick<Page, 'policy'>): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}
