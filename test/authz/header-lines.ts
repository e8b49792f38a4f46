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
