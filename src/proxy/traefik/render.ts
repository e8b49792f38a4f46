import { claimsOn } from '../../table/lookup.ts'
import type { App, Claim, Table } from '../../table/table.ts'
import { appLines, speaksTls, type Hosts } from './app.ts'
import { blocksOf, type Blocks } from './blocks.ts'
import { fileOf, type Context, type Lines, type RenderOptions } from './context.ts'
import type { Document } from './document.ts'
import { answerLimit } from './forward-auth.ts'
import { identityHeaders } from './headers.ts'
import { OWN } from './names.ts'
import { ownLines } from './own.ts'
import { line } from './yaml.ts'

/** Hosts of an app that are not its own alone: `true` where it is the claimant with whom the host is listed. */
type Contested = ReadonlyMap<string, boolean>

interface Remembered {
  readonly contested: string
  readonly lines: Lines
}

const UNCONTESTED: Contested = new Map()

/** What was rendered last. An app never changes, so its lines do only where its surroundings do. */
let memory = newMemory('')

/**
 * Traefik's dynamic configuration for this table: YAML, one line for each object. The same table gives the same bytes.
 * There is always at least the portal's router, so no section is ever empty (an empty one is an error to Traefik, upon
 * which it keeps routes that are long gone).
 * @throws Error for text that must not be in such a file; labels/ lets none through
 */
export function render(table: Table, options: RenderOptions): Document {
  const context = { ...options, identityHeaders: identityHeaders(table, options.operator.defaultHeaders) }
  const own = ownLines(context)
  remember(own, context)
  const contested = contestedHosts(table)
  const apps = [...table.apps.values()]
  const blocks = blocksOf(apps, {
    known: memory.blocks,
    touched: differing(memory.contested, contested),
    linesOf: (app) => linesOf(app, contested.get(app) ?? UNCONTESTED, context),
  })
  memory = { ...memory, contested, blocks }
  return fileOf(
    [own, ...blocks.values()],
    apps.some(speaksTls) ? line(OWN.unchecked, { insecureSkipVerify: true }) : '',
  )
}

function newMemory(surroundings: string) {
  const blocks: Blocks = new Map()
  const contested: ReadonlyMap<App, Contested> = new Map()
  return { surroundings, lines: new WeakMap<App, Remembered>(), contested, blocks }
}

function remember(own: Lines, context: Context): void {
  const { identityHeaders, tokenHeader = '', version, operator } = context
  const common = JSON.stringify([answerLimit(version), operator.reservedHeaders])
  const said = [tokenHeader, common, ...identityHeaders].join()
  const surroundings = own.routers + own.services + own.middlewares + said
  if (memory.surroundings !== surroundings) memory = newMemory(surroundings)
}

function linesOf(app: App, contested: Contested, context: Context): Lines {
  const key = wordsOf(contested)
  const known = memory.lines.get(app)
  if (known?.contested === key) return known.lines
  const lines = appLines(app, hostsOf(app, contested, context), context)
  memory.lines.set(app, { contested: key, lines })
  return lines
}

function hostsOf(app: App, contested: Contested, context: Context): Hosts {
  // no label can claim the portal; were it otherwise, this would still not give it away
  const hosts = app.spec.hosts.filter((host) => host !== context.operator.portalHost).toSorted()
  return {
    own: hosts.filter((host) => !contested.has(host)),
    contested: hosts.filter((host) => contested.get(host) === true),
  }
}

function wordsOf(contested: Contested = UNCONTESTED): string {
  return contested === UNCONTESTED ? '' : [...contested].join()
}

/** Apps that lost a host or got it back. */
function differing(before: ReadonlyMap<App, Contested>, after: ReadonlyMap<App, Contested>): ReadonlySet<App> {
  const apps = [...before.keys(), ...after.keys()]
  return new Set(apps.filter((app) => wordsOf(before.get(app)) !== wordsOf(after.get(app))))
}

function contestedHosts(table: Table): Map<App, Map<string, boolean>> {
  const found = new Map<App, Map<string, boolean>>()
  const collect = (host: string, claims: readonly Claim[]): void => {
    for (const claim of claims) {
      if (!claim.conflict) continue
      const marks = found.get(claim.app) ?? new Map<string, boolean>()
      // the first is the one the table finds, so the one forward-auth is asked about
      found.set(claim.app, marks.set(host, claim === claims.find(({ path }) => path === claim.path)))
    }
  }
  for (const host of table.contested) collect(host, claimsOn(table, host))
  return found
}
