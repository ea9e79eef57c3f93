import t from 'tap'
import { addedParts, recordedParts } from '../../src/engine/added-parts.ts'
import { policies } from '../../src/policies/index.ts'

const spread = { at: 'topologySpreadConstraints', value: [{ topologyKey: 'a' }, { topologyKey: 'b' }] }
const probe = (name: string) => ({ at: `containers[name=${name}].readinessProbe`, value: { tcpSocket: { port: 1 } } })
const hook = (name: string) => ({ at: `containers[name=${name}].lifecycle.preStop`, value: { sleep: { seconds: 5 } } })
const grace = { at: 'terminationGracePeriodSeconds', value: 40 }

void t.test('what was added, in the words of the manifest and always in the same order', (test) => {
  const words = [
    'readinessProbe',
    'preStop in 2 containers',
    'terminationGracePeriodSeconds: 40',
    '2 spread constraints'
  ]
  const values = [probe('web'), hook('web'), hook('side'), grace, spread]
  test.strictSame(addedParts(values), words)
  test.strictSame(addedParts(values.toReversed()), words)
  test.strictSame(
    addedParts([
      { ...spread, value: [{}] },
      { at: 'tolerations', value: [{}, {}] }
    ]),
    ['1 spread constraint', '2 tolerations']
  )
  test.strictSame(addedParts([{ at: 'unhealthyPodEvictionPolicy', value: 'AlwaysAllow' }]), [
    'unhealthyPodEvictionPolicy: AlwaysAllow'
  ])
  test.end()
})

void t.test('every place that a policy adds to has a name', (test) => {
  for (const { id, injects = [] } of policies) {
    for (const at of injects) {
      const place = at.replace('[*]', '[name=web]')
      test.equal(addedParts([{ at: place, value: [{}] }]).length, 1, `${id} adds ${at}`)
    }
  }
  test.end()
})

void t.test('a record says the same, and what anybody writes in its place says nothing', (test) => {
  test.strictSame(recordedParts(JSON.stringify([hook('web'), probe('web'), spread])), [
    'readinessProbe',
    'preStop',
    '2 spread constraints'
  ])
  for (const text of ['', 'mine', '{}', '[1, null, {"at": 7}]', '[{"at": "hostNetwork", "value": true}]'])
    test.strictSame(recordedParts(text), [], text)
  test.strictSame(recordedParts(JSON.stringify([{ ...grace, value: 'whatever you like' }])), [
    'terminationGracePeriodSeconds'
  ])
  test.strictSame(recordedParts(JSON.stringify([{ ...probe('web'), value: 'x'.repeat(16_384) }])), [], 'nor a long one')
  test.end()
})
