import t from 'tap'
import { deprecatedLabels } from '../../src/kube/deprecated-labels.ts'

const label = 'failure-domain.beta.kubernetes.io/zone'
const successor = 'topology.kubernetes.io/zone'

void t.test('deprecatedLabels', (test) => {
  test.strictSame(deprecatedLabels({}), [])
  test.strictSame(deprecatedLabels({ topologySpreadConstraints: [{ topologyKey: successor }, {}] }), [])
  test.strictSame(deprecatedLabels({ topologySpreadConstraints: [{}, { topologyKey: label }] }), [
    { at: 'topologySpreadConstraints[1]', label, successor }
  ])
  const required = [{ topologyKey: 'failure-domain.beta.kubernetes.io/region' }]
  const preferred = [{ podAffinityTerm: { topologyKey: 'beta.kubernetes.io/instance-type' } }]
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred
  }
  test.strictSame(
    deprecatedLabels({ affinity: { podAntiAffinity } }).map((retired) => retired.successor),
    ['topology.kubernetes.io/region', 'node.kubernetes.io/instance-type']
  )
  test.strictSame(deprecatedLabels({ topologySpreadConstraints: [{ topologyKey: 'constructor' }] }), [])
  test.end()
})
