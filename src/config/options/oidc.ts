import { OIDC_PRESETS } from '../operator-file.ts'
import type { Parser } from '../parsed.ts'
import { choice, line } from '../plain.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

const issuer: Parser<string> = (text) =>
  /^https?:\/\/[^\s?#@\\]+$/.test(text) && URL.canParse(text)
    ? { value: text }
    : { wrong: 'is no address of an issuer', mend: 'write it as the provider does, like https://id.example.com' }

const name: Parser<string> = (text) =>
  NAME.test(text) && text !== 'local'
    ? { value: text }
    : {
        wrong: 'cannot be its name',
        mend: 'write a-z, 0-9 and dashes, like keycloak; local is the accounts of labelgate',
      }

/** One OpenID Connect provider without a file. Further ones, and other kinds, stand in the operator's file. */
export const oidc = {
  oidcIssuer: {
    name: 'LABELGATE_OIDC_ISSUER',
    parse: issuer,
    unset: 'people sign in with local accounts alone; the presets google and gitlab have their own',
    unit: 'address',
    sentence: 'The provider, exactly as its discovery document says.',
    secret: 'userinfo',
  },
  oidcClientId: {
    name: 'LABELGATE_OIDC_CLIENT_ID',
    parse: line(256),
    unset: 'required with a provider',
    unit: 'text',
    sentence: 'The client that labelgate is to it.',
  },
  oidcClientSecret: {
    name: 'LABELGATE_OIDC_CLIENT_SECRET',
    parse: line(4096),
    unset: 'a public client, by PKCE alone',
    unit: 'text',
    sentence: "The client's secret; better in a file, by `LABELGATE_OIDC_CLIENT_SECRET_FILE`.",
    secret: true,
  },
  oidcAdmit: {
    name: 'LABELGATE_OIDC_ADMIT',
    parse: line(4096),
    unset: 'required with a provider',
    unit: 'subjects, or `*`',
    sentence: 'Who may become a user at all, of those the provider vouches for; `*` is everybody.',
  },
  oidcName: {
    name: 'LABELGATE_OIDC_NAME',
    parse: name,
    default: 'oidc',
    unit: 'name',
    sentence: 'What `login` and `require=provider=…` call it; stands in its redirect address.',
  },
  oidcTitle: {
    name: 'LABELGATE_OIDC_TITLE',
    parse: line(60),
    unset: 'that of the preset, else its name',
    unit: 'text',
    sentence: 'On its button.',
  },
  oidcPreset: {
    name: 'LABELGATE_OIDC_PRESET',
    parse: choice(OIDC_PRESETS),
    default: 'generic',
    unit: OIDC_PRESETS.map((preset) => `\`${preset}\``).join(', '),
    sentence: 'What is known of this make of provider: scopes, claims, quirks.',
  },
  oidcScopes: {
    name: 'LABELGATE_OIDC_SCOPES',
    parse: line(1024),
    unset: 'those of the preset',
    unit: 'scopes',
    sentence: 'What is asked for.',
  },
} as const
