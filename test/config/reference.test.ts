import { expect, test } from 'vitest'
import { OPTIONS } from '../../src/config/options.ts'
import { optionReference } from '../../src/config/reference.ts'

test('the page has a row for each option, with its default', () => {
  const rows = optionReference().split('\n')
  for (const option of Object.values(OPTIONS)) {
    const row = rows.filter((line) => line.startsWith(`| \`${option.name}\` |`))
    expect(row).toHaveLength(1)
    expect(row[0]?.split(/(?<!\\)\|/)).toHaveLength(6)
    if ('default' in option && option.default !== '') expect(row[0]).toContain(`| \`${option.default}\` |`)
  }
})
