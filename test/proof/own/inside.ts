import { endWithInput, keepResult, startBareCluster, type Work } from '../cluster.ts'
import { measureOwn } from './measure.ts'
import type { Phase } from './phases.ts'

endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work & { readonly helm: string }
const phases: Phase[] = []
const { controlPlane, node, api, stop } = await startBareCluster(work)
try {
  for await (const phase of measureOwn({ controlPlane, api, helm: work.helm })) {
    const { what, calls, skipped, failed, seconds, slowestMs, failures } = phase
    console.log(`${what}: ${failed} of ${calls} calls failed in ${seconds} s, the slowest took ${slowestMs} ms`)
    if (skipped > 0) console.log(`  ${skipped} could not be made`)
    for (const failure of failures) console.log(`  ${failure}`)
    phases.push(phase)
    keepResult(work, phases)
  }
} catch (error) {
  const pods = await controlPlane.kubectl(['describe', 'pods', '--namespace', 'holdfast-system'])
  const logs = await controlPlane.kubectl([
    'logs',
    '--namespace=holdfast-system',
    '--selector=app.kubernetes.io/name=holdfast',
    '--tail=20',
    '--prefix'
  ])
  console.error(`${String(error)}\n${pods.stdout}\n${logs.stdout}\n${node.logs()}`)
}
await stop()
process.exit(0)
