import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { REFUSED, TAKEN } from '../../labels/traefik-rules.ts'
import { describeWith } from '../../parts.ts'
import { startTraefik } from '../../proxy/traefik.ts'

describeWith(['traefik'], 'the rule grammar is the one of a real Traefik', () => {
  test('it takes what our tests say it takes, and refuses what they say it refuses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-rules-'))
    try {
      const rules = [...TAKEN, ...REFUSED]
      const routers = rules.map((rule, index) => [
        `r${index}`,
        { rule, service: 'noop@internal', entryPoints: ['web'] },
      ])
      await writeFile(join(folder, 'rules.yml'), JSON.stringify({ http: { routers: Object.fromEntries(routers) } }))
      await using traefik = await startTraefik(folder)
      const objects = await vi.waitUntil(
        async () => {
          const found = await traefik.objects('routers')
          return Object.keys(found).length === rules.length ? found : undefined
        },
        { timeout: 20_000, interval: 100 },
      )
      const taken = rules.filter((_, index) => objects[`r${index}`]?.status === 'enabled')
      expect(taken).toEqual(TAKEN)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
