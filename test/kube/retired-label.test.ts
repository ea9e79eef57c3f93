import t from 'tap'
import { retiredLabels } from '../../src/kube/retired-label.ts'

const label = 'failure-domain.beta.kubernetes.io/zone'
const successor = 'topology.kubernetes.io/zone'

void t.test('retiredLabels', (test) => {
  test.strictSame(retiredLabels({}), [])
  test.strictSame(retiredLabels({ topologySpreadConstraints: [{ topologyKey: successor }, {}] }), [])
  test.strictSame(retiredLabels({ topologySpreadConstraints: [{}, { topologyKey: label }] }), [
    { at: 'topologySpreadConstraints[1]', label, successor }
  ])
  const required = [{ topologyKey: 'failure-domain.beta.kubernetes.io/region' }]
  const preferred = [{ podAffinityTerm: { topologyKey: 'beta.kubernetes.io/instance-type' } }]
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred
  }
  test.strictSame(
    retiredLabels({ affinity: { podAntiAffinity } }).map((retired) => retired.successor),
    ['topology.kubernetes.io/region', 'node.kubernetes.io/instance-type']
  )
  test.strictSame(retiredLabels({ topologySpreadConstraints: [{ topologyKey: 'constructor' }] }), [])
  test.end()
})
