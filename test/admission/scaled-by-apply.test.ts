import t from 'tap'
import { known } from '../../src/inventory/fact.ts'
import { factsOf } from '../support/facts.ts'
import { workloadWith } from '../support/policy-cases.ts'
import { admitOf, ask, deployment, type JsonMap, sound } from '../support/workloads.ts'

const selector = { matchLabels: { app: 'web' } }
const pod = { topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: selector }] }
const rolling = (maxUnavailable: number | string): JsonMap => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable }
})

function web(
  replicas: number,
  { strategy = rolling(1), image = 'web:1' }: { strategy?: JsonMap; image?: string } = {}
) {
  return deployment({ containers: [{ ...sound, image }], pod, spec: { replicas, strategy } })
}

const facts = factsOf({ autoscaler: known(null) })

/** The policies that deny an update, and those that warn about it. */
function outcome(object: JsonMap, oldObject: JsonMap | null, resource?: string, profile?: 'critical') {
  const admit = admitOf({ facts, ...(profile !== undefined && { profile }) })
  const parts = { object, oldObject, ...(resource !== undefined && { resource }) }
  const { status, warnings = [] } = ask(admit, 'enforce', parts)
  const denied = new Set((status?.details?.causes ?? []).map(({ reason }) => reason))
  return { denied: [...denied], warned: warnings.flatMap((line) => /\[([a-z-]+)\]/.exec(line)?.[1] ?? []) }
}

const rollout = 'rollout-keeps-capacity'

const scale = (replicas: number): JsonMap => ({ metadata: { name: 'web' }, spec: { replicas } })
const set = (replicas: number) => {
  const spec = { replicas, serviceName: 'web', updateStrategy: rolling(2) }
  return workloadWith('StatefulSet', { ...pod, containers: [sound] }, spec)
}

void t.test('fewer replicas start no rollout', (test) => {
  const { denied, warned } = outcome(web(1), web(2))
  test.strictSame(denied, [])
  test.ok(warned.includes(rollout), 'the next rollout would stop the pod, so it is said')
  test.strictSame(outcome(scale(1), scale(2), 'apps/deployments/scale').denied, denied, 'as by the scale subresource')
  test.strictSame(outcome(set(2), set(3), 'apps/statefulsets').denied, [], 'of a StatefulSet')
  test.end()
})

void t.test('what does start one, or changes the ones to come, is denied', (test) => {
  test.strictSame(outcome(web(1), null).denied, [rollout], 'the first of them is at hand')
  test.strictSame(outcome(web(1, { image: 'web:2' }), web(2)).denied, [rollout], 'another image')
  test.strictSame(outcome(web(1), web(2, { strategy: rolling(0) })).denied, [rollout], 'another strategy')
  test.strictSame(outcome(web(2, { strategy: rolling(2) }), web(2)).denied, [rollout], 'the strategy alone')
  test.end()
})

void t.test('the number itself is judged as before', (test) => {
  test.strictSame(outcome(web(2), web(3), undefined, 'critical').denied, ['min-replicas'])
  test.end()
})
