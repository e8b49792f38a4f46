import { startFrugally } from './engine.ts'

startFrugally()
const { run } = await import('./cli/program.ts')
const { terminal } = await import('./cli/terminal.ts')

process.exitCode = await run(process.argv.slice(2), terminal)
