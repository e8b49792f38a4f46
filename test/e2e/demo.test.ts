/** `npm start`, as somebody meets it who has just cloned the repository. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { Client } from './client.ts'
import { ROOT } from './image.ts'

const SOON = { timeout: 10_000, interval: 20 }

let port: number
let folder: string
let demo: Demo

/** The process, what it has said, and whoever signs in there. */
class Demo {
  readonly client = new Client()
  text = ''
  readonly #process

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#process = execa(process.execPath, [...command, '--port', String(port)], {
      cwd: ROOT,
      env: { TMPDIR: folder, ...env },
      reject: false,
      all: true,
    })
    this.#process.all.on('data', (chunk) => (this.text += String(chunk)))
  }

  /** Waits until it has said so, and gives what the brackets found. */
  async said(pattern: RegExp): Promise<string> {
    const found = () => pattern.exec(this.text)
    await vi.waitUntil(() => found() !== null, SOON)
    return found()?.[1] ?? ''
  }

  async signIn(url: string): Promise<Awaited<ReturnType<Client['open']>>> {
    const form = await this.client.open(url)
    expect(form.url).toContain(`http://auth.localhost:${port}/login`)
    const [username, password] = [await this.said(/account +(\S+)/), await this.said(/password +(\S+)/)]
    return this.client.submit(form, { username, password })
  }

  async interrupt(): Promise<number | undefined> {
    this.#process.kill('SIGINT')
    return (await this.#process).exitCode
  }
}

beforeEach(async () => {
  port = await freePort()
  folder = await mkdtemp(join(tmpdir(), 'labelgate-demo-'))
})

afterEach(async () => {
  await demo.interrupt()
  await rm(folder, { recursive: true })
})

async function expectNothingLeft(): Promise<void> {
  expect(await demo.interrupt()).toBe(0)
  expect(demo.text.trimEnd()).toMatch(/\nstopped; nothing is left$/)
  expect(await readdir(folder)).toEqual([])
  await expect(demo.client.send(`http://auth.localhost:${port}/`)).rejects.toThrow('ECONNREFUSED')
}

describeWith(['docker', 'whoami'], 'the demo with a Docker daemon', () => {
  afterEach(async () => {
    await execa('docker', ['rm', '-f', `hello-${port}`], { reject: false })
  })

  test('the container it tells you to start is behind sign-in at once; Ctrl-C leaves nothing', async () => {
    demo = new Demo(['src/start.mjs'])
    const command = await demo.said(/(docker run .*)/)
    expect(command).toBe('docker run --rm -d --name hello -l labelgate.enable=true traefik/whoami')
    const [program = '', ...args] = command.replace('hello', `hello-${port}`).split(' ')
    await execa(program, args)

    const address = `http://hello-${port}.localhost:${port}/page?x=%2F`
    await demo.said(new RegExp(`hello-${port}: (http://hello-${port}.localhost:${port}) +for signed-in`))
    expect((await demo.client.send(address)).status).toBe(401)
    const app = await demo.signIn(address)
    expect([app.status, app.url]).toEqual([200, address])
    expect(app.body).toContain('Remote-User: demo')
    expect(app.body).not.toContain('Cookie')
    expect(await demo.client.say(`http://hello-${port}.localhost:${port}/echo`, 'hello')).toBe('hello')

    await execa('docker', ['rm', '-f', `hello-${port}`])
    await demo.said(new RegExp(`hello-${port}: .* (gone)`))
    await expectNothingLeft()
  })
})

describe('the demo without a Docker daemon', () => {
  beforeEach(async () => {
    demo = new Demo(['src/main.ts', 'demo'], { DOCKER_HOST: 'unix:///nonexistent' })
    await demo.said(/(blog): /)
  })

  test('it says so, and shows apps of its own: one open to read, one for everybody, one for a group', async () => {
    expect(demo.text).toContain('No Docker daemon answers at unix:///nonexistent')
    expect(demo.text).not.toContain('docker run')
    const read = await demo.client.open(`http://blog.localhost:${port}/`)
    expect([read.status, read.body.includes('<h1>blog</h1>')]).toEqual([200, true])

    const notes = await demo.signIn(`http://notes.localhost:${port}/`)
    expect(notes.body).toContain('<th>Remote-User<td>demo')
    expect((await demo.client.open(`http://office.localhost:${port}/`)).status).toBe(200)
    const refused = await demo.client.open(`http://blog.localhost:${port}/write`)
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('No access')
    await expectNothingLeft()
  })

  test('the next port is taken where the one that was asked for is not free', async () => {
    const first = demo
    demo = new Demo(['src/main.ts', 'demo'], { DOCKER_HOST: 'unix:///nonexistent' })
    const other = await demo.said(/sign in +http:\/\/auth\.localhost:(\d+)/)
    expect(Number(other)).toBeGreaterThan(port)
    expect(await first.interrupt()).toBe(0)
  })
})
