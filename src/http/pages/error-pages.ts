import { portalNotice } from './portal-pages.ts'
import type { Page } from './page.ts'
import type { Site } from './site.ts'

// What the portal says when it will not or cannot. Nothing of the request stands on these pages.
const WORDS: Readonly<Record<number, readonly [heading: string, text: string]>> = {
  400: ['That did not work', 'The browser sent something this page does not understand.'],
  403: ['Please try again', 'This form was not sent from our own page, or the page was open for too long.'],
  404: ['Page not found', 'There is nothing at this address.'],
  405: ['That did not work', 'The browser asked for this page in a way that it does not answer.'],
  413: ['Too much at once', 'What was sent is larger than a form of ours can be.'],
  415: ['That did not work', 'Forms are taken here in the usual encoding only.'],
  503: ['Back in a moment', 'labelgate cannot reach what it needs just now. Try again in a few seconds.'],
}

/** An error on the portal's own origin, by status; one without words of its own is answered in general ones. */
export function portalErrorPage(site: Site, status: number): Page {
  const [heading, text] = WORDS[status] ?? ['Something went wrong', 'It is not your fault, and has been written down.']
  return portalNotice(site, {
    heading,
    texts: [text],
    links: [{ label: 'Go to the start page', href: `${site.origin}/` }],
  })
}
