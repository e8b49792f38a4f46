/**
 * What `labelgate` is inside the image: whatever the container was started as, the program itself never runs as root.
 * The image's own user is `node`; deploy/compose.yaml starts as root, for the reason that cli/privileges.ts gives.
 */
import { leaveRoot, socketGroup } from './cli/privileges.ts'

const refusal = leaveRoot(process, socketGroup(process.env))
if (refusal === undefined) await import('./main.ts')
else {
  process.stderr.write(`labelgate: ${refusal}\n`)
  process.exitCode = 2
}
