import { writeFileSync } from 'node:fs'
import { type Cluster, endWithInput, startCluster, type Work } from './cluster.ts'
import { type Measured, measure } from './measure.ts'
import { plan, type Planned, type Wanted } from './plan.ts'
import { lineOf } from './table.ts'
import { isSteady } from './verdicts.ts'

endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work & { readonly wanted: Wanted }
const cluster = await startCluster(work)
const measured: Measured[] = []
const planned = plan(work.wanted)
for (const [index, one] of planned.entries()) {
  const dead = cluster.dead()
  if (dead !== undefined) {
    console.error(`${dead} has ended; what is left cannot be measured\n${cluster.node.logs()}`)
    break
  }
  const place = `${String(index + 1).padStart(3)}/${planned.length}`
  let result = await attempt(cluster, one, place)
  // What else a machine does may keep kube-proxy waiting for longer than any sleep. The short form is for machines that do other things.
  const isSuspect = work.wanted.short && one.variant === 'with' && (result?.failed ?? 1) > 0
  if (isSuspect || result === undefined || !isSteady(result))
    result = (await attempt(cluster, one, 'again  ')) ?? result
  if (result === undefined) continue
  measured.push(result)
  // Each time, so that what was measured is not lost with what cannot be.
  writeFileSync(work.result, JSON.stringify(measured))
}
await cluster.stop()
process.exit(0)

/** One that cannot be measured is missed in the result, which is a failure there; the others are measured nevertheless. */
async function attempt(
  { controlPlane, api, node }: Cluster,
  one: Planned,
  place: string
): Promise<Measured | undefined> {
  try {
    const result = await measure(controlPlane, api, one)
    console.log(`${place}  ${lineOf(result)}`)
    return result
  } catch (error) {
    console.error(`${one.case.id}, ${one.variant}: could not be measured: ${String(error)}\n${node.logs()}`)
    return undefined
  }
}
