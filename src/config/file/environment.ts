import type { OidcConfig } from '../operator-file.ts'
import type { Option } from '../option.ts'
import { OPTIONS } from '../options.ts'
import { oidc } from '../options/oidc.ts'
import type { Reader } from '../reader.ts'
import type { ParseAllow } from '../subjects.ts'
import { oidcProvider } from './oidc.ts'
import { Part } from './part.ts'
import { presetOf } from './presets.ts'

/** Which option stands for which key of the file. */
const OF_KEY: Readonly<Record<string, Option>> = {
  issuer: OPTIONS.oidcIssuer,
  tenant: OPTIONS.oidcIssuer,
  admit: OPTIONS.oidcAdmit,
  scopes: OPTIONS.oidcScopes,
  title: OPTIONS.oidcTitle,
}

/** The one provider that the environment may name; undefined where it names none, or wrongly, which is noted. */
export function providerOfEnvironment(reader: Reader, parseAllow: ParseAllow): OidcConfig | undefined {
  const given = {
    issuer: reader.optional(OPTIONS.oidcIssuer),
    'client-id': reader.optional(OPTIONS.oidcClientId),
    admit: reader.optional(OPTIONS.oidcAdmit),
    title: reader.optional(OPTIONS.oidcTitle),
    scopes: reader.optional(OPTIONS.oidcScopes),
    preset: reader.value(OPTIONS.oidcPreset),
  }
  const secret = reader.optional(OPTIONS.oidcClientSecret)
  const name = reader.value(OPTIONS.oidcName)
  if (!Object.values(oidc).some((option) => reader.has(option)) || !complete(reader, given)) return undefined
  const tenant = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0$/.exec(given.issuer ?? '')?.[1]
  const note = ([key]: readonly (string | number)[], what: string) => {
    const option = OF_KEY[String(key)] ?? OPTIONS.oidcIssuer
    if (reader.good(option)) reader.note(option, what)
  }
  const tools = { note, readFile: () => undefined, parseAllow }
  return oidcProvider(name, new Part([], { ...given, ...(tenant !== undefined && { tenant }) }, tools), secret)
}

function complete(
  reader: Reader,
  {
    issuer,
    preset,
    admit,
    'client-id': id,
  }: { issuer?: string | undefined } & Record<'admit' | 'client-id', string | undefined> & {
      preset: OidcConfig['preset']
    },
): boolean {
  const wanted = [
    [OPTIONS.oidcIssuer, issuer ?? presetOf(preset, '').issuer, 'write it as the provider does'],
    [OPTIONS.oidcClientId, id, 'write the client that labelgate is to the provider'],
    [
      OPTIONS.oidcAdmit,
      admit,
      'write who may become a user: * for everybody there, or subjects like email:*@example.com',
    ],
  ] as const
  for (const [option, value, mend] of wanted)
    if (value === undefined && reader.good(option)) reader.note(option, `is required with a provider: ${mend}`)
  return wanted.every(([, value]) => value !== undefined)
}
