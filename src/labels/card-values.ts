import { bad, good, type Parsed } from './parsed.ts'
import { quote } from './text.ts'

const ICON_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const MAX_ICON = 1024

/** Text people read. What it may hold is what every value may; here it is only bounded. */
export function textUpTo(limit: number): (text: string) => Parsed<string> {
  return (text) => (text.length <= limit ? good(text) : bad(`is longer than ${limit} characters`))
}

/** An https address without credentials, or the name of an icon. */
export function parseIcon(text: string): Parsed<string> {
  if (text.length <= 64 && ICON_NAME.test(text)) return good(text)
  const url = text.length <= MAX_ICON && URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:') return bad(`${quote(text)} is not https`, `did you mean https${text.slice(4)}?`)
  if (url?.protocol === 'https:' && url.username === '' && url.password === '' && !/[\s"'<>\\]/.test(text))
    return good(url.href)
  return bad(
    `${quote(text)} is neither the name of an icon nor an https address`,
    'write it like grafana, or https://…',
  )
}
