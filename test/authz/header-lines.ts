/** What a proxy that does right says of one request. */
export const GOOD = `
X-Forwarded-Method: POST
X-Forwarded-Proto: https
X-Forwarded-Host: App.Example.com:8443
X-Forwarded-Uri: /a%20b?c=d
X-Forwarded-For: 203.0.113.9
`

/** `Name: value`, one a line, as names and values in turn; `\xNN` and `\t` for what cannot be typed. */
export function headerLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim(), unescape(line.slice(colon + 1).replace(/^ /, ''))]
    })
}

function unescape(text: string): string {
  return text
    .replaceAll('\\t', '\t')
    .replaceAll(/\\x([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
