import { portalPolicy } from './csp.ts'
import { renderNotice, type Notice, type Page } from './page.ts'
import type { Site } from './site.ts'
import { render } from './templates.ts'

/** Hidden fields that travel with a form: where to return to, and what proves that the form was ours. */
export type Carried = Readonly<Record<string, string>>

export interface SignIn {
  /** Host the visitor came from and goes back to; undefined: the portal's own home. */
  readonly host: string | undefined
  readonly carried: Carried
  /** What went wrong with the last attempt. One sentence, the same whoever tried. */
  readonly problem?: string
  /** An app asks this person, who is signed in, to show the password again. */
  readonly again?: { readonly user: string }
  /** The form for user name and password. Default: it is shown. */
  readonly password?: boolean
  /** A button each. */
  readonly providers?: readonly Way[]
  /** True: nobody has an account yet, so the page says where the set-up link is. */
  readonly empty?: boolean
}

/** A provider that the visitor may be sent to. */
export interface Way {
  readonly name: string
  readonly title: string
  readonly origin: string
}

export function signInPage(site: Site, words: SignIn): Page {
  const { host, carried, problem = '', again, empty = false, password = true, providers = [] } = words
  const heading = again === undefined ? 'Sign in' : 'Confirm it’s you'
  let text = host === undefined ? '' : `You will return to ${host}.`
  if (again !== undefined)
    text = `${host ?? site.title} asks ${password ? 'for your password again' : 'you to sign in again'}.`
  if (empty) text = 'There is no account yet. Open the set-up link that stands in labelgate’s log.'
  const html = render('sign-in', {
    site,
    heading,
    text,
    problem,
    carried,
    password,
    providers,
    username: again?.user ?? '',
  })
  const leaves = host !== undefined || providers.length > 0
  return { html, policy: portalPolicy(site.secure, { leaves, plain: plainOrigins(providers) }) }
}

function plainOrigins(ways: readonly Pick<Way, 'origin'>[]): readonly string[] {
  return ways.map(({ origin }) => origin).filter((origin) => origin.startsWith('http:'))
}

export interface SetUp {
  readonly carried: Carried
  readonly problem?: string
  /** What was typed before the problem. */
  readonly username?: string
}

export function setUpPage(site: Site, { carried, problem = '', username = '' }: SetUp): Page {
  const html = render('set-up', { site, heading: 'Create your account', carried, problem, username })
  return { html, policy: portalPolicy(site.secure) }
}

/**
 * @param account whoever is signed in; undefined where nobody is
 * @param ways providers with which signing out may end too
 */
export function signOutPage(
  site: Site,
  account: string | undefined,
  carried: Carried,
  ways: readonly Way[] = [],
): Page {
  const who = account === undefined ? 'Nobody is signed in in this browser. ' : `You are signed in as ${account}. `
  const text = `${who}Signing out closes every app you entered from here.`
  const cancel = account === undefined ? 'Go to the start page' : 'Stay signed in'
  return {
    html: render('sign-out', { site, heading: 'Sign out?', text, cancel, carried }),
    policy: portalPolicy(site.secure, { leaves: ways.length > 0, plain: plainOrigins(ways) }),
  }
}

/** An app as the home page shows it. */
export interface AppCard {
  readonly title: string
  /** Where it leads: an absolute http or https URL. */
  readonly url: string
  /** Absolute https or data URL of an image. */
  readonly icon?: string
  readonly description?: string
}

/** What the home page shows besides the cards. */
export interface Home {
  readonly account: string
  readonly carried: Carried
  /** Providers with which signing out may end too. */
  readonly ways?: readonly Way[]
}

export function homePage(site: Site, cards: readonly AppCard[], { account, carried, ways = [] }: Home): Page {
  const apps = cards.map(({ title, url, icon = '', description = '' }) => {
    const { host, pathname } = new URL(url)
    const initial = /[\p{L}\p{N}]/u.exec(title)?.[0] ?? '·'
    return { title, url, icon, description, where: host + (pathname === '/' ? '' : pathname), initial }
  })
  const html = render('home', { site, heading: 'Your apps', account, apps, carried })
  const leaving = { leaves: ways.length > 0, plain: plainOrigins(ways) }
  return { html, policy: portalPolicy(site.secure, { icons: true, ...leaving }) }
}

export function signedOutPage(site: Site): Page {
  return portalNotice(site, {
    heading: 'Signed out',
    texts: ['You are signed out here and in every app you entered from here.'],
    // not straight back by the provider's memory of them
    links: [{ label: 'Sign in again', href: '/login?prompt=select_account' }],
  })
}

/** The set-up link was used, is too old, or was never one of ours: the page does not say which. */
export function setUpClosedPage(site: Site): Page {
  return portalNotice(site, {
    heading: 'This link is closed',
    texts: [
      'A set-up link works once, and for an hour. While there is no account, a restart of labelgate gives a new one in its log.',
    ],
    links: [{ label: 'Sign in', href: '/login' }],
  })
}

/** A page on the portal's own origin that only says something. */
export function portalNotice(site: Site, notice: Notice): Page {
  return { html: renderNotice(site, notice), policy: portalPolicy(site.secure) }
}
