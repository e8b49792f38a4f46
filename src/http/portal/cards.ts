import type { Openable } from '../../authz/may-open.ts'
import type { Portal } from '../../config/settings.ts'
import type { AppCard } from '../pages/portal-pages.ts'
import { portSuffix } from './return-url.ts'

/** The home page's cards, by title. */
export function cardsOf(openable: readonly Openable[], portal: Portal): AppCard[] {
  const scheme = portal.secure ? 'https' : 'http'
  const cards = openable.map(({ app, host, path }) => {
    const { title, description, icon } = app.spec.card
    return {
      title,
      url: `${scheme}://${host}${portSuffix(portal)}${encodeURI(path)}`,
      ...(description !== undefined && { description }),
      // what the page's policy lets the browser load; anything else would be a hole in the card
      ...(icon !== undefined && /^(?:https:|data:image\/)/i.test(icon) && { icon }),
    }
  })
  return cards.toSorted((a, b) => a.title.localeCompare(b.title, 'en') || (a.url < b.url ? -1 : 1))
}
