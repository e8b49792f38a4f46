/** What an option's parser makes of its text. Neither `wrong` nor `mend` repeats the text: it may be a secret. */
export type Parsed<T> = { readonly value: T } | Wrong

export interface Wrong {
  /** The part of the text at fault, where that is not the whole; shown only where the text may be shown. */
  readonly item?: string
  /** Follows what was read: `is not an address`. */
  readonly wrong: string
  /** More on it, with parts of the text; shown only where the text may be shown. */
  readonly detail?: string
  /** What to write: `write 0.0.0.0:4180`. */
  readonly mend: string
}

export type Parser<T> = (text: string) => Parsed<T>

export function isWrong(parsed: Parsed<unknown>): parsed is Wrong {
  return 'wrong' in parsed
}

/**
 * Items between commas by one parser, or the first that is wrong. A text of nothing is no items; nothing between two
 * commas is a mistake, and never passed over.
 */
export function each<T>(text: string, parse: Parser<T>): Parsed<readonly T[]> {
  const values: T[] = []
  for (const item of text.trim() === '' ? [] : text.split(',').map((item) => item.trim())) {
    if (item === '') return { wrong: 'has an empty item', mend: 'write the items with one comma between them' }
    const parsed = parse(item)
    if (isWrong(parsed)) return { item, ...parsed }
    values.push(parsed.value)
  }
  return { value: values }
}
