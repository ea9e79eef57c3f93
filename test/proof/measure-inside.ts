import { type Cluster, endWithInput, keepResult, startCluster, type Work } from './cluster.ts'
import { type Measured, measure } from './measure.ts'
import { plan, type Planned, type Wanted } from './plan.ts'
import { lineOf } from './table.ts'
import { isSteady } from './verdicts.ts'

endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work & { readonly wanted: Wanted }
const cluster = await startCluster(work)
const measured: Measured[] = []
const planned = plan(work.wanted)
let inVain = 0
for (const [index, one] of planned.entries()) {
  const place = `${String(index + 1).padStart(3)}/${planned.length}`
  let result = await attempt(cluster, one, place)
  if (isSuspect(one, result) && cluster.dead() === undefined) {
    result = (await attempt(cluster, one, 'again  ')) ?? result
  }
  inVain = result === undefined ? inVain + 1 : 0
  if (result !== undefined) measured.push(result)
  keepResult(work, measured)
  const dead = cluster.dead()
  if (dead === undefined && inVain < 2) continue
  const why = dead === undefined ? 'two in a row could not be measured' : `${dead} has ended`
  console.error(`${why}: nothing more is measured\n${cluster.node.logs()}`)
  break
}
await cluster.stop()
process.exit(0)

/**
 * Whether it is measured once more: where it could not be, or nothing failed because the client came to a halt. In the short form also where
 * something failed: what else a machine does may keep kube-proxy waiting for longer than any sleep, and the short form is for machines
 * that do other things.
 */
function isSuspect({ variant }: Planned, result: Measured | undefined): boolean {
  if (result === undefined) return true
  return variant === 'with' && (result.failed === 0 ? !isSteady(result) : work.wanted.short)
}

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
