/** Content-Security-Policy of our pages. None of them has a script, and none may be framed. */

/** What the pages of the portal itself may load and where their forms may go. */
export interface PortalPolicy {
  /** App icons come from wherever their label says; only the home page shows any. */
  readonly icons?: boolean
  /**
   * Origins the answer to a form may lead to, beside our own. Chromium holds the whole chain of redirects behind a
   * form to `form-action`, and an app may send its visitor on to yet another host, so they cannot be listed.
   */
  readonly leaves?: boolean
  /** Origins of providers without TLS, which `https:` would not cover. */
  readonly plain?: readonly string[]
}

/** For a page on the portal's own origin. `secure`: apps, and where they lead, are served over https. */
export function portalPolicy(
  secure: boolean,
  { icons = false, leaves = false, plain = [] }: PortalPolicy = {},
): string {
  const anywhere = secure ? ' https:' : ' http: https:'
  const forms = ["'self'" + (leaves ? anywhere : ''), ...(secure ? plain : [])].join(' ')
  return policy("'self'", icons ? "'self' data: https:" : "'self'", forms)
}

/** For a page answered on an app's host, which has no forms and takes its stylesheet from the portal. */
export function appPolicy(portalOrigin: string): string {
  return policy(portalOrigin, portalOrigin, "'none'")
}

function policy(styles: string, images: string, forms: string): string {
  return [
    "default-src 'none'",
    `style-src ${styles}`,
    `img-src ${images}`,
    `form-action ${forms}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
