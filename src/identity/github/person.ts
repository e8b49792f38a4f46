/** Who a GitHub token speaks for (docs.github.com/rest: users, emails, orgs, teams; version 2022-11-28). */
import type { GithubConfig } from '../../config/operator-file.ts'
import type { BoundedFetch } from '../fetch.ts'
import type { Identity } from '../identity.ts'
import { normaliseDisplayName, normaliseEmail, normaliseUserName } from '../local/names.ts'

/** The API said no, or something that cannot be read. */
export class GithubError extends Error {
  readonly status: number

  constructor(what: string, status: number) {
    super(`GitHub: ${what} answered ${status}, or what cannot be read`)
    this.name = 'GithubError'
    this.status = status
  }
}

type Item = Readonly<Record<string, unknown>>
type Source = Pick<GithubConfig, 'apiUrl' | 'origin'>

const PER_PAGE = 100
/** Of each list; who is in more has the first ones. */
const PAGES = 5

/**
 * Groups are `org` and `org/team`. The subject is the account's number, since a login name can pass to another person.
 * Rejects with a GithubError, or an UnreachableError.
 */
export async function personOf({ apiUrl, origin }: Source, token: string, fetch: BoundedFetch): Promise<Identity> {
  const ask = asker(apiUrl, token, fetch)
  const [user] = await ask('/user')
  const login = normaliseUserName(user?.['login'])
  const id = user?.['id']
  if (user === undefined || login === undefined || typeof id !== 'number' || !Number.isSafeInteger(id))
    throw new GithubError('/user', 200)
  const [emails, orgs, teams] = await Promise.all([
    all(ask, '/user/emails'),
    all(ask, '/user/orgs'),
    all(ask, '/user/teams'),
  ])
  const groups = [...orgs.map((org) => text(org['login'])), ...teams.map(teamName)].filter((name) => name !== '')
  return {
    issuer: origin,
    subject: String(id),
    user: login,
    email: primary(emails),
    name: normaliseDisplayName(user['name']) ?? '',
    groups: [...new Set(groups)].toSorted(),
    claims: Object.assign(Object.create(null) as Record<string, unknown>, { login, id }),
  }
}

type Asker = (path: string) => Promise<readonly Item[]>

function asker(apiUrl: string, token: string, fetch: BoundedFetch): Asker {
  return async (path) => {
    const response = await fetch(`${apiUrl.replace(/\/$/, '')}${path}`, {
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
      },
    })
    if (response.status !== 200) throw new GithubError(path.split('?')[0] ?? '', response.status)
    const body: unknown = await response.json()
    return (Array.isArray(body) ? body : [body]).filter(isItem)
  }
}

async function all(ask: Asker, path: string): Promise<readonly Item[]> {
  const found: Item[] = []
  for (let page = 1; page <= PAGES; page++) {
    const items = await ask(`${path}?per_page=${PER_PAGE}&page=${page}`)
    found.push(...items)
    if (items.length < PER_PAGE) break
  }
  return found
}

/** The one that GitHub calls primary, if it has verified it. */
function primary(emails: readonly Item[]): string {
  const found = emails.find((item) => item['primary'] === true && item['verified'] === true)
  return normaliseEmail(found?.['email']) ?? ''
}

function teamName({ slug, organization }: Item): string {
  const [org, team] = [isItem(organization) ? text(organization['login']) : '', text(slug)]
  return org === '' || team === '' ? '' : `${org}/${team}`
}

/** Login names and slugs are of these letters; anything else is not taken for one. */
function text(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : ''
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
