/**
 * Pages that the reverse proxy shows on an app's host, out of a forward-auth answer. Complete and under 4 kB each
 * (a proxy may cap such a body, threat H-31); stylesheet and logo come from the portal by absolute address.
 */
import type { Reason } from '../../authz/decision.ts'
import { appPolicy } from './csp.ts'
import { renderNotice, type Notice, type Page } from './page.ts'
import type { Site } from './site.ts'

export interface Forbidden {
  /** User name of whoever is signed in; absent where the refusal concerns everybody. */
  readonly account?: string
  /** The app's title. */
  readonly app: string
  /** Canonical host. */
  readonly host: string
  readonly reason: Reason
  /** Absolute URL that was asked for, to come back to under another account. Too long a one is left out. */
  readonly returnTo: string
}

const NOT_THIS_ACCOUNT = 'This account may not open this app. If it should, ask whoever runs it.'
const CLOSED =
  'This app is not set up correctly, so it is closed to everybody. Its operator finds the reason in labelgate’s log.'
const WRONG_SIGN_IN = 'This app does not accept the way you signed in.'

// Only what the visitor can do something about is told apart; which words refused is nobody's business here.
const WHY: Readonly<Partial<Record<Reason, string>>> = {
  network: 'This app cannot be opened from the network you are in.',
  'broken-labels': CLOSED,
  conflict: CLOSED,
  'other-app': CLOSED,
  provider: WRONG_SIGN_IN,
  'credential-not-accepted': WRONG_SIGN_IN,
}

/** 403: signed in, but not allowed. Says who is signed in, for which app, and offers another account. */
export function forbiddenPage(site: Site, { account, app, host, reason, returnTo }: Forbidden): Page {
  const facts = [{ term: 'App', value: cut(app) }]
  if (account !== undefined) facts.unshift({ term: 'Signed in as', value: cut(account) })
  if (host !== app) facts.push({ term: 'Address', value: cut(host) })
  const home = { label: 'Your apps', href: `${site.origin}/` }
  const back = encodeURIComponent(returnTo)
  const another = {
    label: 'Use another account',
    // an address too long for the page's limit: the account can be changed all the same
    href: `${site.origin}/logout${back.length > 800 ? '' : `?rd=${back}`}`,
  }
  return onApp(site, {
    heading: 'No access',
    texts: [WHY[reason] ?? NOT_THIS_ACCOUNT],
    facts,
    links: account === undefined ? [home] : [another, home],
  })
}

/** 503: `gate`: the containers are not known yet, or the store cannot be read. `app`: protected, but none of it runs. */
export function notReadyPage(site: Site, what: 'gate' | 'app', host: string): Page {
  const [heading, text] =
    what === 'gate'
      ? ['One moment', 'Nobody can be let in just now. This takes a few seconds.']
      : ['Not running', 'This app is protected, but it is not running just now.']
  return onApp(site, {
    heading,
    texts: [text],
    facts: [{ term: 'Address', value: cut(host) }],
    // the empty reference is the very address that was asked for (RFC 3986 section 4.4)
    links: [{ label: 'Try again', href: '' }],
  })
}

export interface SignInBroken {
  /** `no-cookie`: the browser did not send what it was given. `used`: the code is spent or too old. */
  readonly why: 'no-cookie' | 'used'
  /** Where to begin again: the app's own start page. */
  readonly start: string
}

/** 400: the last step of a sign-in, on the app's host, could not be taken. */
export function signInBrokenPage(site: Site, { why, start }: SignInBroken): Page {
  const text =
    why === 'used'
      ? 'This sign-in was used already, or took too long.'
      : 'Your browser did not send back the cookie of this sign-in. Allow cookies for this site, then start again.'
  return onApp(site, { heading: 'Sign-in not finished', texts: [text], links: [{ label: 'Start again', href: start }] })
}

/** Any other refusal, by status. Nothing of the request is repeated. */
export function errorPage(site: Site, status: number): Page {
  const [heading, text] =
    status < 500
      ? ['That address is not valid', 'It does not say clearly what is asked for, so it is not passed on.']
      : ['Something went wrong', 'It is not your fault, and has been written down. Nothing was passed on.']
  return onApp(site, { heading, texts: [text], links: [{ label: 'Your apps', href: `${site.origin}/` }] })
}

/** 413: the request may pass, but for its length. @param limit octets */
export function tooLargePage(site: Site, limit: number, host: string): Page {
  return onApp(site, {
    heading: 'Too large',
    texts: [`This app takes no more than ${sizeText(limit)} at once. Nothing was passed on.`],
    facts: [{ term: 'Address', value: cut(host) }],
    links: [{ label: 'Your apps', href: `${site.origin}/` }],
  })
}

/** In the largest unit in which it is no less than one. */
function sizeText(octets: number): string {
  const unit = octets < 1e6 ? 'kB' : octets < 1e9 ? 'MB' : 'GB'
  const number = octets / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit]
  return `${Number(number.toPrecision(3))} ${unit}`
}

/** 502, 504: the request may pass, but no replica of the app answers it. */
export function noAnswerPage(site: Site, status: 502 | 504, host: string): Page {
  const text =
    status === 504
      ? 'This app took too long to answer. What was asked for may have been done all the same.'
      : 'This app cannot be reached just now.'
  return onApp(site, {
    heading: 'No answer',
    texts: [text],
    facts: [{ term: 'Address', value: cut(host) }],
    links: [{ label: 'Try again', href: '' }],
  })
}

/** 403 (421 on our own listener): no app has this host. */
export function unknownHostPage(site: Site, host: string): Page {
  return onApp(site, {
    heading: 'No app here',
    texts: ['No container is published under this name.'],
    facts: [{ term: 'Address', value: cut(host) }],
    links: [{ label: 'Your apps', href: `${site.origin}/` }],
  })
}

function onApp(site: Site, notice: Notice): Page {
  const absolute = { title: site.title, style: site.origin + site.style, logo: site.origin + site.logo }
  return { html: renderNotice(absolute, notice), policy: appPolicy(site.origin) }
}

/** Long enough to know it by, short enough for the page's limit. */
function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
