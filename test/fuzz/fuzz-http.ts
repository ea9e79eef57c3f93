import { openReplica, type Replica, type ReplicaOptions } from '../server/replica.ts'
import { until } from '../support/tls.ts'
import { admitOf } from '../support/workloads.ts'
import { usedHeap } from './heap.ts'
import { body, oddities, type Oddity, saidTo, spoiltCalls, statusesIn } from './http.ts'

/** It judges, and its limits are small, so that it matters what stays. */
export const options: ReplicaOptions = { admit: admitOf(), limits: { requestTimeoutMs: 1000, maxConnections: 100 } }

const mostKept = 16 * 1024 * 1024

/** What is wrong with how a replica takes what clients send: between any two of them somebody else wants an answer. */
export async function faultsOf({ port, call, metrics, lines }: Replica, all: readonly Oddity[]): Promise<string[]> {
  const faults: string[] = []
  const usual = async () => (await call({ body })).status
  await usual()
  const before = usedHeap()
  for (const oddity of all) {
    const said = await saidTo(port, oddity)
    for (const status of statusesIn(said)) if (status >= 500) faults.push(`${oddity.what}: answered ${status}`)
    const answered = await usual()
    if (answered !== 200) faults.push(`${oddity.what}: others are answered ${answered}`)
  }
  await until(() => metrics.inFlight() === 0, 'no call in flight')
  const kept = usedHeap() - before
  if (kept > mostKept) faults.push(`${kept} bytes of the heap stay`)
  for (const line of lines) if (line.includes('"level":50')) faults.push(`logged: ${line}`)
  return faults
}

/** The long form. Returns the number of faults. */
export async function fuzzHttp(count: number, seed: number): Promise<number> {
  const endings: (() => unknown)[] = []
  const replica = await openReplica({ teardown: (end) => void endings.push(end) }, options)
  const all = [...oddities, ...spoiltCalls(count, seed)]
  const faults = await faultsOf(replica, all)
  for (const end of endings) await end()
  console.log(`http: ${oddities.length} oddities and ${count} spoilt calls\n${faults.join('\n')}`)
  return faults.length
}
