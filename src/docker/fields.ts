/** Fields of what Docker says, each of the type we rely on; anything else is refused by its name. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object')
  return value as Fields
}

export function text(fields: Fields, name: string, place = name): string {
  const value = fields[name]
  if (typeof value !== 'string') throw wrong(place, 'a text')
  return value
}

export function whole(fields: Fields, name: string, place = name): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(place, 'a whole number')
  return value
}

/** Go writes a list or a map without members as `null`, so that is a list without members. */
export function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  if (value !== null && !Array.isArray(value)) throw wrong(name, 'a list')
  return value ?? []
}

/** As `list`, for a map. */
export function map(fields: Fields, name: string, place = name): Fields {
  return fields[name] === null ? {} : fieldsOf(fields[name], place)
}

export function wrong(name: string, what: string): Error {
  return new Error(`${name} is not ${what}`)
}
