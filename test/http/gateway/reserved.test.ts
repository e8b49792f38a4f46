import { expect, test } from 'vitest'
import { openApp, openGateway } from './fixture.ts'

test('what begins as nobody’s header may does not reach the app, however it is spelt', async () => {
  const seen: string[][] = []
  const app = await openApp(({ rawHeaders }, response) => {
    seen.push(rawHeaders.filter((name, i) => i % 2 === 0 && /^x.(?:ptl|kept)/i.test(name)))
    response.end('ok')
  })
  const lines = ['X-Ptl-Admin', 'x-ptl-role', 'X_Ptl_Role', 'X.Ptl-Role', 'X-Kept'].map((name) => `${name}: 1\r\n`)
  for (const reserved of [[], ['x-ptl-']]) {
    const { ask } = await openGateway({ ports: [app], reserved })
    expect((await ask('GET /', lines.join(''))).status).toBe(200)
  }
  expect(seen).toEqual([['X-Ptl-Admin', 'x-ptl-role', 'X_Ptl_Role', 'X.Ptl-Role', 'X-Kept'], ['X-Kept']])
})
