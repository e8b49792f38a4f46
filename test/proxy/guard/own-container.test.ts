/** The container labelgate itself runs in, as Traefik is shown it: its router is the portal's. */
import { expect, test } from 'vitest'
import { Guard } from '../../../src/proxy/guard/guard.ts'
import { CONTEXT } from './context.ts'

const healthOf = async (id: string) => {
  const guard = new Guard({
    daemon: {
      rows: async () => ['own', 'other'].map((Id) => ({ Id, Names: [`/${Id}`], Labels: {}, State: 'running' })),
      one: async (path) => ({
        Id: path.split('/')[2],
        Name: path.split('/')[2],
        State: { Running: true, Health: { Status: 'starting' } },
        Config: { Labels: {} },
      }),
    },
    context: () => ({ ...CONTEXT, self: 'own' }),
    settled: () => true,
    port: 4180,
    found: () => undefined,
  })
  await guard.list(true)
  const { State } = (await guard.inspect(id)) as { State: { Running: boolean; Health?: object } }
  return State
}

test('Traefik, which gives no route to what is starting, does not wait for the health check of who answers it', async () => {
  expect(JSON.parse(JSON.stringify(await healthOf('own')))).toEqual({ Running: true })
})

test('of others it is told', async () => {
  expect(await healthOf('other')).toEqual({ Running: true, Health: { Status: 'starting' } })
})
