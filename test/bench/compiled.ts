/** What is measured is what ships: dist/, not the sources. Types come from src/, which it is made of. */
export const DIST = new URL('../../dist/', import.meta.url)

/** @param path below dist/: `cli/gate.js` */
export async function compiled<T>(path: string): Promise<T> {
  return (await import(new URL(path, DIST).href)) as T
}
