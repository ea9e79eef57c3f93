import { writeFileSync } from 'node:fs'
import { type Cluster, endWithInput, startCluster, type Work } from './cluster.ts'
import { type Measured, measure } from './measure.ts'
import { plan, type Planned, type Wanted } from './plan.ts'
import { lineOf } from './table.ts'

endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work & { readonly wanted: Wanted }
const cluster = await startCluster(work)
const measured: Measured[] = []
const planned = plan(work.wanted)
for (const [index, one] of planned.entries()) {
  const result = await attempt(cluster, one)
  if (result === undefined) continue
  measured.push(result)
  console.log(`${String(index + 1).padStart(3)}/${planned.length}  ${lineOf(result)}`)
}
writeFileSync(work.result, JSON.stringify(measured))
await cluster.stop()
process.exit(0)

/** One that cannot be measured is missed in the result, which is a failure there; the others are measured nevertheless. */
async function attempt({ controlPlane, api, node }: Cluster, one: Planned): Promise<Measured | undefined> {
  try {
    return await measure(controlPlane, api, one)
  } catch (error) {
    console.error(`${one.case.id}, ${one.variant}: could not be measured: ${String(error)}\n${node.logs()}`)
    return undefined
  }
}
