/** That `npm run bench` measures what it says. Its figures are for quiet machines; here they may be far off. */
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { describeWith } from '../parts.ts'

const bench = join(import.meta.dirname, '../bench/run.mjs')
const run = (...args: string[]) => execa(process.execPath, [bench, ...args], { reject: false })

type Row = Readonly<Record<'name' | 'unit' | 'verdict', string>> & { readonly value?: number; readonly limit?: number }

async function measured(...parts: string[]): Promise<ReadonlyMap<string, Row>> {
  const { stdout, stderr, exitCode } = await run('--quick', '--json', ...parts)
  expect(exitCode, stderr).toBe(0)
  return new Map((JSON.parse(stdout) as Row[]).map((row) => [row.name, row]))
}

test('a request is let in by a bare server, and by labelgate at not much more', { timeout: 120_000 }, async () => {
  const rows = await measured('request')
  expect(rows.get('CPU of a request, bare node:http')?.value).toBeGreaterThan(1)
  expect(rows.get('the same against bare, 10 apps')).toMatchObject({ unit: '×', limit: 1.25 })
  for (const apps of ['10', '1,000']) {
    const ratio = rows.get(`the same against bare, ${apps} apps`)?.value
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2.5)
  }
})

test('the program gets ready, and the table is built', { timeout: 120_000 }, async () => {
  const rows = [...(await measured('table', 'program')).values()]
  expect(rows.map(({ unit }) => unit)).toEqual([...Array.from({ length: 6 }, () => 'ms'), 's', 'MiB', 'MiB', 'MiB'])
  for (const { value, limit = Number.POSITIVE_INFINITY, verdict } of rows) {
    expect(value).toBeGreaterThan(0)
    if (limit < Number.POSITIVE_INFINITY) expect(verdict).toBe(Number(value) <= limit ? 'ok' : 'over')
  }
})

test('a token, a password and a JWT let in as a session does', { timeout: 120_000 }, async () => {
  const rows = await measured('credential')
  for (const kind of ['token', 'basic', 'bearer']) {
    expect(rows.get(`${kind} against session`)).toMatchObject({ unit: '×', limit: 1.05 })
    expect(rows.get(`${kind} against session`)?.value).toBeLessThan(2)
  }
})

test('what is asked of it wrongly is said', async () => {
  const { stderr, exitCode } = await run('--fast', 'requests')
  expect(exitCode).toBe(2)
  expect(stderr).toContain(
    '--fast requests? It takes --json, --quick and parts: request credential table event guard program proxies',
  )
})

test.for(['event', 'guard'])('without a daemon %s is not measured, and that is said', async (part) => {
  const { stdout, exitCode } = await execa(process.execPath, [bench, '--quick', part], {
    env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
  })
  expect(exitCode).toBe(0)
  expect(stdout).toContain('not measured: no Docker daemon')
})

describeWith(['docker', 'whoami'], 'bench with a Docker daemon', () => {
  test('says how soon a policy is in force', async () => {
    const rows = await measured('event')
    const waits = ['median', 'p99'].map(
      (name) => rows.get(`from Docker's event to the policy in force, ${name}`)?.value,
    )
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThan(1000)
    }
  })

  test('says what the guard costs Traefik, and leaves no container behind', async () => {
    const rows = await measured('guard')
    const late = rows.get('event through the guard against from the socket, median')
    expect(late).toMatchObject({ unit: 'ms', limit: 2 })
    expect(late?.value).toBeLessThan(1000)
    expect(rows.get('list of 20 containers through the guard, median')?.value).toBeGreaterThan(0)
    expect(rows.get('the same against the daemon’s')).toMatchObject({ unit: '×', limit: 1.5 })
    const left = await execa('docker', ['ps', '-aq', '--filter', 'label=org.labelgate.bench.guard'])
    expect(left.stdout).toBe('')
  })
})

describeWith(['wrk', 'traefik', 'nginx', 'caddy', 'envoy', 'haproxy'], 'bench with every proxy', () => {
  test('says what protection costs at each', { timeout: 120_000 }, async () => {
    const rows = await measured('proxies')
    for (const proxy of ['traefik', 'nginx', 'caddy', 'envoy', 'haproxy']) {
      for (const name of ['median', 'p99'])
        expect(rows.get(`${proxy}: added latency, ${name}`)?.value, proxy).toBeTypeOf('number')
      const kept = rows.get(`${proxy}: requests kept`)?.value
      expect(kept, proxy).toBeGreaterThan(1)
      expect(kept, proxy).toBeLessThan(150)
    }
  })
})
