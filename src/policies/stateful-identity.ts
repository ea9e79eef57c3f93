import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Workload } from '../kube/workload.ts'

export const statefulIdentity = definePolicy({
  id: 'stateful-identity',
  title: 'The names and the data of a StatefulSet outlive its pods',
  since: 'v2',
  appliesTo: ['StatefulSet'],
  needs: ['autoscaler', 'services'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, facts }) {
    return [...nameless(subject, facts.services), ...deletesData(subject, facts.autoscaler)]
  }
})

/**
 * The names of pods are those of endpoints of the Service that the StatefulSet names. That Service need not be headless: the DNS server of
 * Kubernetes answers for the pods of any (coredns plugin/kubernetes/kubernetes.go, findServices).
 */
function nameless({ spec, replicas = 1 }: Workload<'StatefulSet'>, services: Facts['services']): Violation[] {
  const { serviceName = '' } = spec
  // Older API servers require a name. One pod has no peers that look for it.
  if (serviceName === '' || replicas < 2 || !services.known) return []
  if (services.value.some(({ metadata }) => metadata.name === serviceName)) return []
  const problem = `no Service ${nameText(serviceName)} selects its pods, so they have no DNS names`
  const shortfall = { field: 'spec.serviceName', problem, fix: 'create it, or correct its selector' }
  return [uncertain('later-objects', shortfall, 'on-update')]
}

function deletesData({ spec }: Workload<'StatefulSet'>, autoscaler: Facts['autoscaler']): Violation[] {
  const { persistentVolumeClaimRetentionPolicy: { whenScaled } = {}, volumeClaimTemplates = [] } = spec
  if (whenScaled !== 'Delete' || volumeClaimTemplates.length === 0) return []
  const isDriven = autoscaler.known && autoscaler.value !== null
  const problem = isDriven ? 'its autoscaler deletes data when it scales down' : 'scaling down deletes data'
  const field = 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'
  return [uncertain('intent', { field, problem, fix: 'set it to Retain' })]
}
