import { parseIcon, textUpTo } from './card-values.ts'
import type { Key, Values } from './key.ts'
import { parseBoolean } from './words.ts'

const APP = ['app'] as const
type Name = 'title' | 'icon' | 'description' | 'hidden'

/** The app's card on the portal. */
export const CARD_KEYS: { readonly [K in Name]: Key<Values[K]> } = {
  title: {
    scopes: APP,
    group: 'The card on the portal',
    parse: textUpTo(120),
    default: "the app's id",
    sentence: 'Name on the card; at most 120 characters.',
    example: 'Grafana',
    also: ['name'],
  },
  icon: {
    scopes: APP,
    group: 'The card on the portal',
    parse: parseIcon,
    default: 'none',
    sentence: 'An https address, or the name of an icon.',
    example: 'https://grafana.example.com/icon.svg',
    also: ['logo', 'image'],
  },
  description: {
    scopes: APP,
    group: 'The card on the portal',
    parse: textUpTo(300),
    default: 'none',
    sentence: 'A sentence below the name; at most 300 characters.',
    example: 'Dashboards of everything',
  },
  hidden: {
    scopes: APP,
    group: 'The card on the portal',
    parse: parseBoolean,
    default: '`false`',
    sentence: 'Leaves the card out.',
    example: 'true',
    also: ['hide'],
  },
}
