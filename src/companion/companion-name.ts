import { createHash } from 'node:crypto'
import { workloadKey, type WorkloadRef } from '../kube/workload-key.ts'

const longest = 253
const hashLength = 10

/** `holdfast-deployment-web`. With a hash where that could be the name of another, or would be too long. */
export function companionName(ref: WorkloadRef): string {
  const plain = `holdfast-${ref.kind.toLowerCase()}-${ref.name}`
  if (ref.group === 'apps' && plain.length <= longest) return plain
  const hash = createHash('sha256').update(workloadKey(ref)).digest('hex').slice(0, hashLength)
  // What is cut must not end within a label of a DNS name.
  const head = plain.slice(0, longest - hashLength - 1).replace(/[^a-z0-9]+$/, '')
  return `${head}-${hash}`
}
