import { readEntryPoint, readMiddleware, readRouter, record, text, type TraefikView } from './seen.ts'

/** Milliseconds for all questions together. */
const PATIENCE = 5000
/** Bytes of one answer. A router is a few hundred. */
const LONGEST = 4 * 1024 * 1024
const A_PAGE = 1000
/** More routers than this are not looked at. */
const MOST_PAGES = 10

/** Asks a Traefik of its version and settings. Rejects where it is away, slow, or not a Traefik. */
export async function readTraefik(origin: string, signal?: AbortSignal): Promise<TraefikView> {
  const limit = AbortSignal.timeout(PATIENCE)
  const ends = signal === undefined ? limit : AbortSignal.any([limit, signal])
  const version = text(record((await get(`${origin}/api/version`, ends)).body)['Version'])
  if (version === '') throw new Error(`${origin}/api/version names no version: is it Traefik's API?`)
  const [entryPoints, middlewares, routers] = await Promise.all([
    all(`${origin}/api/entrypoints`, ends),
    all(`${origin}/api/http/middlewares`, ends),
    all(`${origin}/api/http/routers`, ends),
  ])
  return {
    version,
    entryPoints: entryPoints.map(readEntryPoint),
    middlewares: middlewares.map(readMiddleware),
    routers: routers.map(readRouter),
  }
}

async function all(url: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { body, next } = await get(`${url}?page=${page}&per_page=${A_PAGE}`, signal)
    if (!Array.isArray(body)) throw new Error(`${url} is no list: is it Traefik's API?`)
    found.push(...(body as unknown[]))
    // it says 1 where there is none (pkg/api/handler_http.go)
    if (next !== String(page + 1)) break
  }
  return found
}

async function get(url: string, signal: AbortSignal): Promise<{ body: unknown; next: string | null }> {
  const answer = await fetch(url, { redirect: 'error', signal, headers: { Accept: 'application/json' } })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`${url} answers ${answer.status}`)
  }
  return { body: JSON.parse(await bounded(answer, url)) as unknown, next: answer.headers.get('X-Next-Page') }
}

async function bounded(answer: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength
    if (length > LONGEST) throw new Error(`${url} answers with more than ${LONGEST} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
