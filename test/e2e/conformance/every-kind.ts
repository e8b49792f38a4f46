/** An app of every kind that decisions tell apart. */
import { echoApp, type EchoApp } from './apps.ts'

const KINDS: readonly Parameters<typeof echoApp>[] = [
  ['app', 'host=app.example.com'],
  ['admin', 'host=admin.example.com\nallow=group:admins'],
  ['public', 'host=public.example.com\npublic=/**'],
  ['mix', 'host=mix.example.com\npublic=GET|HEAD /public/**'],
  ['docs', 'host=docs.example.com\nrules.admin.path=/admin\nrules.admin.allow=group:admins'],
  ['one', 'host=shared.example.com\npath=/one'],
  ['two', 'host=shared.example.com\npath=/two\nallow=group:admins'],
  ['wild', 'host=*.wild.example.com'],
  ['own', 'host=own.wild.example.com\nallow=group:admins'],
  ['chat', 'host=chat.example.com\nheaders.X-Ptl-User=user'],
  ['here', 'host=here.example.com\npublic-from=127.0.0.0/8'],
  ['there', 'host=there.example.com\npublic-from=10.0.0.0/8'],
  ['mfa', 'host=mfa.example.com\nrequire=mfa'],
  ['broken', 'host=broken.example.com\nalow=group:admins'],
  ['twice-a', 'host=twice.example.com'],
  ['twice-b', 'host=twice.example.com\nallow=group:admins'],
  ['small', 'host=small.example.com\nbody-limit=1kB'],
  ['down', 'host=down.example.com', { health: 'starting' }],
]

/** They end with `running`. */
export async function everyKind(running: AsyncDisposableStack): Promise<EchoApp[]> {
  const apps: EchoApp[] = []
  for (const words of KINDS) apps.push(running.use(await echoApp(...words)))
  return apps
}
