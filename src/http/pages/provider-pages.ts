/** What the portal says when a sign-in by a provider did not come to its end. Nothing that the provider said stands here. */
import type { Demand } from '../../identity/provider.ts'
import type { Page } from './page.ts'
import { portalNotice } from './portal-pages.ts'
import type { Site } from './site.ts'

/** The sign-in that this browser came back from is not known, was used, or took too long (threat E-02). */
export function lostPage(site: Site, again: string): Page {
  return portalNotice(site, {
    heading: 'Sign-in not finished',
    texts: ['It took too long, was finished already, or began in another browser. Nothing is lost: start it again.'],
    links: [{ label: 'Start again', href: again }],
  })
}

export function refusedPage(site: Site, provider: string, again: string): Page {
  return portalNotice(site, {
    heading: 'Not signed in',
    texts: [`The sign-in with ${provider} was cancelled, or its answer cannot be accepted.`],
    links: [{ label: 'Try again', href: again }],
  })
}

export function unavailablePage(site: Site, provider: string, again: string): Page {
  return portalNotice(site, {
    heading: 'Not reachable',
    texts: [`${provider} cannot be reached just now. Try again in a few seconds.`],
    links: [{ label: 'Try again', href: again }],
  })
}

export interface NotAdmitted {
  /** Whom the provider vouched for. */
  readonly account: string | undefined
  readonly provider: string
  /** Where another account can be chosen. */
  readonly another: string
}

export function notAdmittedPage(site: Site, { account, provider, another }: NotAdmitted): Page {
  return portalNotice(site, {
    heading: 'Not admitted',
    texts: [`${provider} knows you, but this account may not sign in here. If it should, ask whoever runs this site.`],
    facts: account === undefined ? [] : [{ term: 'Account', value: account }],
    links: [{ label: 'Use another account', href: another }],
  })
}

export interface CannotMeet {
  readonly demand: Demand
  readonly host: string | undefined
  /** Where another account can be chosen; undefined: there is no other way. */
  readonly another: string | undefined
  /** Title of the provider that did not bring it; undefined for an account with a password. */
  readonly provider?: string
}

/** An app demands what this sign-in cannot bring; to send anybody round again would not change that. */
export function cannotMeetPage(site: Site, { demand, host, another, provider }: CannotMeet): Page {
  const what = demand.mfa ? 'a second factor' : 'a sign-in that was made just now'
  const why = provider === undefined ? 'this account has none' : `${provider} did not confirm one`
  return portalNotice(site, {
    heading: 'This app asks for more',
    texts: [`${host ?? 'The app'} asks for ${what}, and ${why}.`],
    links: [
      ...(another === undefined ? [] : [{ label: 'Use another account', href: another }]),
      { label: 'Your apps', href: '/' },
    ],
  })
}
