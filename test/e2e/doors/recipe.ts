/** A page of deploy/ that says how a proxy is given its configuration, done as it says. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { NGINX_AROUND, type DoorName } from './proxies.ts'
import type { Program } from './program.ts'

/** Lines `labelgate render … > file` of a page, in order, but those that belong to another way. */
export function rendersOf(page: string): { readonly words: readonly string[]; readonly file: string }[] {
  const text = readFileSync(`${import.meta.dirname}/../../../deploy/${page}`, 'utf8')
  return [...text.matchAll(/^labelgate (render [^>\n]+) > (\S+)$/gm)].map(([, words = '', file = '']) => ({
    words: words.trim().split(' '),
    file,
  }))
}

/** Where the page's files lie here. */
export interface Places {
  readonly port: number
  readonly certificate: string
  readonly key: string
  /** Both in one. */
  readonly pem: string
}

/** @returns the files of the proxy; `FOLDER` stands for the folder they will be in */
export async function followed(name: DoorName, program: Program, places: Places): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const { words, file } of rendersOf(`${name}.md`)) {
    if (words.includes('--include')) continue
    const here = words.map((word) =>
      word.endsWith('cert.pem') ? places.certificate : word.endsWith('key.pem') ? places.key : word,
    )
    const line = here.map((word) => (word.endsWith('tls.pem') ? places.pem : word))
    files[file.includes('/conf.d/') ? `conf.d/${basename(file)}` : basename(file)] = (
      await program.run([...line, '--listen', `127.0.0.1:${places.port}`])
    ).replace('/usr/local/etc/haproxy/labelgate.lua', 'FOLDER/labelgate.lua')
  }
  return name === 'nginx' ? { 'nginx.conf': NGINX_AROUND, ...files } : files
}
