import { expect, test } from 'vitest'
import { follow } from '../../src/cli/follow.ts'
import { Held } from '../../src/config/current.ts'
import type { Docker } from '../../src/docker/client.ts'
import type { Operator } from '../../src/labels/operator.ts'
import { LiveTable } from '../../src/table/live.ts'
import { container } from '../build/container.ts'
import { OPERATOR } from '../labels/operator.ts'

/** No event, until it is over. */
// oxlint-disable-next-line require-yield -- silence is what it is for
async function* silence(signal: AbortSignal): AsyncGenerator<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

test('what the operator says anew holds at once, without a word of Docker', { timeout: 20_000 }, async () => {
  const docker: Docker = {
    ping: async () => undefined,
    list: async () => [container('web', 'policy=staff')],
    events: async (signal) => silence(signal),
  }
  const config = new Held<{ operator: Operator }>({ operator: OPERATOR })
  const live = new LiveTable(0)
  const states: boolean[] = []
  const first = Promise.withResolvers<void>()
  const stop = new AbortController()
  const over = follow(docker, {
    network: undefined,
    config,
    live,
    signal: stop.signal,
    changed: ({ apps }) => {
      for (const { spec } of apps.values()) states.push(spec.broken)
      first.resolve()
    },
  })
  await first.promise
  config.replace({ operator: { ...OPERATOR, policies: new Map() } })
  config.replace({ operator: OPERATOR })
  expect(states.slice(-3)).toEqual([false, true, false])
  stop.abort()
  await over
  config.replace({ operator: OPERATOR })
  expect(states.slice(-3)).toEqual([false, true, false])
})
