import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../../src/http/forward/outbox.ts'

function outbox() {
  const written: number[] = []
  return { written, box: new Outbox<number>((answer) => written.push(answer)) }
}

describe('the outbox', () => {
  it('writes the answers of one turn of the event loop in their order, once the turn is over', async () => {
    const { box, written } = outbox()
    for (const answer of [1, 2, 3]) box.put(answer)
    expect(written).toEqual([])
    await setImmediate()
    expect(written).toEqual([1, 2, 3])
  })

  it('writes those of the next turn in the next turn, and none twice', async () => {
    const { box, written } = outbox()
    box.put(1)
    await setImmediate()
    box.put(2)
    await setImmediate()
    expect(written).toEqual([1, 2])
  })

  it('lets nobody wait for more than 31 others', async () => {
    const { box, written } = outbox()
    for (let answer = 1; answer <= 33; answer++) box.put(answer)
    expect(written).toHaveLength(32)
    await setImmediate()
    expect(written).toHaveLength(33)
  })

  it('writes what comes while it writes', async () => {
    const written: number[] = []
    const box: Outbox<number> = new Outbox((answer) => {
      written.push(answer)
      if (answer === 1) box.put(2)
    })
    box.put(1)
    await setImmediate()
    await setImmediate()
    expect(written).toEqual([1, 2])
  })
})
