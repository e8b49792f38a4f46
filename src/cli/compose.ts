/** Reads the labels of a compose file without Docker, so that they can be checked before anything runs. */
import { basename, dirname, resolve } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { Problem } from '../labels/problem.ts'
import { excerpt } from '../labels/text.ts'
import { type Lines, linesOf } from './compose-lines.ts'
import { type Environment, interpolate } from './interpolate.ts'

/** One service as the container it will be: what `readLabels` takes. */
export interface ComposeService {
  /** `<project>-<service>-1`, or `container_name`. */
  readonly name: string
  /** With those that compose or Swarm adds itself. */
  readonly labels: Readonly<Record<string, string>>
  /** Of the service in the file, from 1; undefined where it comes out of a merge. */
  readonly line?: number
  /** Of each label in the file. */
  readonly lines: ReadonlyMap<string, number>
  /** What it is called in the file. */
  readonly service: string
  /** Labels of the Swarm service (`deploy.labels`) rather than of its containers. */
  readonly swarm: boolean
  /** All that the file says of it, variables as they stand. */
  readonly body: ReadonlyMap<unknown, unknown>
}

export interface ComposeReading {
  readonly services: readonly ComposeService[]
  /** What keeps the file from being read, or being read wholly. */
  readonly problems: readonly Problem[]
}

const MAX_SIZE = 4 * 1024 * 1024
// A file of 300 services that share one anchor is fine, one that unfolds to gigabytes is not.
const MAX_ALIASES = 1000
const RESOLVE = 'check what compose makes of it: docker compose config | labelgate check -'

/**
 * @param file path of the text, for the project's name and for messages; `-` for standard input
 * @param env values for `${VAR}`, and COMPOSE_PROJECT_NAME
 */
export function readCompose(text: string, file: string, env: Environment): ComposeReading {
  if (text.length > MAX_SIZE) return unreadable(file, `is larger than ${MAX_SIZE / 1024 / 1024} MiB`)
  const counter = new LineCounter()
  const doc = parseDocument(text, { merge: true, intAsBigInt: true, lineCounter: counter, logLevel: 'error' })
  const [error] = doc.errors
  if (error?.code === 'MULTIPLE_DOCS') return unreadable(file, 'holds several documents', 'make it one, without ---')
  if (error !== undefined) return unreadable(file, `is not valid YAML: ${firstLine(error.message)}`)
  const root = plain(doc)
  if (root instanceof ReferenceError) return unreadable(file, `cannot be read: ${firstLine(root.message)}`)
  const services = root instanceof Map ? root.get('services') : undefined
  if (!(root instanceof Map) || !(services instanceof Map))
    return unreadable(file, 'has no services', 'give a compose file')
  const reader = new Reader({ lines: linesOf(doc, counter), env, project: projectOf(root.get('name'), file, env) })
  if (root.has('include')) reader.warn(file, 'include', 'is not followed', RESOLVE)
  for (const [name, service] of services as Map<unknown, unknown>) reader.service(String(name), service)
  return { services: reader.services, problems: reader.problems }
}

/** Maps instead of objects: no key is special. The error: an alias leads nowhere, or the aliases are a bomb. */
function plain(doc: Document.Parsed): unknown {
  try {
    return doc.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES }) as unknown
  } catch (error) {
    if (error instanceof ReferenceError) return error
    throw error
  }
}

/** yaml says in the first where it is, and shows it in the others. */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/:$/, '')
}

function unreadable(file: string, reason: string, mend?: string): ComposeReading {
  return {
    services: [],
    problems: [{ severity: 'error', container: file, reason, ...(mend === undefined ? {} : { mend }) }],
  }
}

/** As compose finds it: the environment, the file, the folder (lower case, without what a project's name cannot hold). */
function projectOf(name: unknown, file: string, env: Environment): string {
  const given = env['COMPOSE_PROJECT_NAME'] ?? (typeof name === 'string' ? interpolate(name, env).text : '')
  const folder = basename(dirname(resolve(file)))
  const allowed = (given === '' ? folder : given)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
  return allowed === '' ? 'default' : allowed
}

interface Context {
  readonly lines: Lines
  readonly env: Environment
  readonly project: string
}

type Named = Pick<ComposeService, 'name' | 'service' | 'swarm' | 'body'> & {
  /** Labels that compose or Swarm adds. */
  readonly ids: Readonly<Record<string, string>>
}

class Reader {
  readonly services: ComposeService[] = []
  readonly problems: Problem[] = []
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  service(service: string, body: unknown): void {
    if (!(body instanceof Map)) return
    const { project } = this.#context
    const given = body.get('container_name')
    const name = typeof given === 'string' ? this.#value(service, 'container_name', given) : `${project}-${service}-1`
    for (const key of ['extends', 'label_file']) if (body.has(key)) this.warn(name, key, 'is not followed', RESOLVE)
    const ids = { 'com.docker.compose.project': project, 'com.docker.compose.service': service }
    const whole = { service, body: body as ReadonlyMap<unknown, unknown> }
    this.#add({ ...whole, name, ids, swarm: false }, body.get('labels'), ['services', service, 'labels'])
    const deploy: unknown = body.get('deploy')
    const swarm: unknown = deploy instanceof Map ? deploy.get('labels') : undefined
    if (swarm === undefined) return
    const inSwarm = `${project}_${service}`
    const named = { ...whole, name: inSwarm, ids: { 'com.docker.swarm.service.name': inSwarm }, swarm: true }
    this.#add(named, swarm, ['services', service, 'deploy', 'labels'])
  }

  warn(container: string, key: string, reason: string, mend: string): void {
    this.#say('warning', { container, key, reason, mend })
  }

  #add({ ids, ...named }: Named, labels: unknown, path: readonly string[]): void {
    const { lines } = this.#context
    const line = lines.of(path.slice(0, 2))
    const own = Object.fromEntries([...this.#entries(named.name, labels), ...Object.entries(ids)])
    this.services.push({
      ...named,
      labels: own,
      ...(line === undefined ? {} : { line }),
      lines: lines.ofLabels(path),
    })
  }

  /** Labels as a map, or as a list of `key=value`. */
  #entries(name: string, labels: unknown): [string, string][] {
    if (labels === undefined || labels === null) return []
    if (labels instanceof Map)
      return [...(labels as Map<unknown, unknown>)].map(([key, value]) => [
        String(key),
        this.#scalar(name, String(key), value),
      ])
    if (Array.isArray(labels)) return (labels as unknown[]).map((item) => this.#item(name, item))
    this.#refuse(name, 'labels', 'is neither a map nor a list', 'write key: value, or - key=value')
    return []
  }

  #item(name: string, item: unknown): [string, string] {
    const key = typeof item === 'string' ? (item.split('=', 1)[0] ?? '') : 'labels'
    const text = this.#scalar(name, key, item)
    const equals = text.indexOf('=')
    return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
  }

  /** The text compose makes of it: `true` is `"true"`, nothing is empty. */
  #scalar(name: string, key: string, value: unknown): string {
    if (value === null || value === undefined) return ''
    if (typeof value === 'string') return this.#value(name, key, value)
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
    this.#refuse(name, key, 'is no text', key === 'labels' ? 'write - key=value' : 'write the value in quotes')
    return ''
  }

  #value(name: string, key: string, text: string): string {
    const { text: value, unset, fault } = interpolate(text, this.#context.env)
    if (fault !== undefined) this.#refuse(name, key, fault)
    for (const variable of unset)
      this.warn(name, key, `has the variable ${variable}, which is not set and counts as empty`, `set ${variable}`)
    return value
  }

  #refuse(container: string, key: string, reason: string, mend?: string): void {
    this.#say('error', { container, key, reason, ...(mend === undefined ? {} : { mend }) })
  }

  /** Keys and messages hold text of the file: it stays one line, whatever it is. */
  #say(
    severity: Problem['severity'],
    said: Readonly<Record<'container' | 'key' | 'reason', string>> & { mend?: string },
  ) {
    const { container, key, reason, mend } = said
    const shown = { container: excerpt(container), key: excerpt(key), reason: excerpt(reason, 400) }
    this.problems.push({ severity, ...shown, ...(mend === undefined ? {} : { mend: excerpt(mend, 400) }) })
  }
}
