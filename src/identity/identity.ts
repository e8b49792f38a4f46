/** Who a request speaks for. The same shape whoever vouched for them: local account, OpenID Connect, LDAP, token. */
export interface Identity {
  /** Who vouches: `local`, or the issuer's URL. */
  readonly issuer: string
  /** Stable within the issuer; never shown, never reused. */
  readonly subject: string
  /** The name policies and apps see. Normalised: NFKC, lower case. */
  readonly user: string
  /** Lower case; empty where unknown or not verified by the issuer. */
  readonly email: string
  /** Display name; may be empty. */
  readonly name: string
  readonly groups: readonly string[]
  /** Own properties only (null prototype); empty for local accounts. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** How and when somebody proved who they are. */
export interface Authentication {
  /** `local`, or the provider's name in the operator's file. */
  readonly provider: string
  /** Epoch milliseconds of the last time a secret was shown. */
  readonly at: number
  /** RFC 8176 values: `pwd`, `otp`, `hwk` … */
  readonly amr: readonly string[]
}
