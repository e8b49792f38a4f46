import { request } from 'node:http'

export interface Answered {
  readonly status: number | undefined
  readonly body: string
}

/** A GET whose target goes out as it stands here: no client's URL parser resolves it first. */
export function ask(port: number, path: string, host = 'localhost'): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, headers: { host } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }))
    })
    asked.on('error', reject).end()
  })
}
