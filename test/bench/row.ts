/** One figure. */
export interface Row {
  readonly name: string
  /** Undefined where it could not be measured; `note` says why. */
  readonly value: number | undefined
  readonly unit: string
  /** The most it may be; undefined where it only informs. */
  readonly limit?: number
  readonly note?: string
}

export type Verdict = 'ok' | 'over' | 'not measured' | ''

export function verdict({ value, limit }: Row): Verdict {
  if (value === undefined) return 'not measured'
  if (limit === undefined) return ''
  return value <= limit ? 'ok' : 'over'
}

/** A Markdown table, so that it can stand in a README as it is. */
export function tableText(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.value === undefined ? '' : `${rounded(row.value)} ${row.unit}`.trimEnd(),
    row.limit === undefined ? '' : `${row.limit} ${row.unit}`.trimEnd(),
    [verdict(row), row.note ?? ''].filter((word) => word !== '').join(': '),
  ])
  const lines = [['figure', 'measured', 'at most', ''], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)))
  const [head = '', ...body] = lines.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n')
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** @param part in [0, 1]; of two neighbours the weighted mean */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return low + (high - low) * (place - Math.floor(place))
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
