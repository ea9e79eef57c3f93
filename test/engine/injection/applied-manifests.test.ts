import t from 'tap'
import { AppliedManifests } from '../../../src/engine/injection/applied-manifests.ts'
import { parseWorkload } from '../../../src/kube/workload.ts'
import { deployment, type Json, type JsonMap, web, worker } from '../../support/workloads.ts'

const probeAt = 'containers[name=worker].readinessProbe'

function manifestsOf(fieldsV1: Json) {
  const managedFields = [{ manager: 'argocd', operation: 'Apply', fieldsV1 }]
  return new AppliedManifests(
    parseWorkload('Deployment', deployment({ containers: [web, worker], metadata: { managedFields } }))
  )
}

function fieldsWith(containers: JsonMap): JsonMap {
  return { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } }
}

const owned: JsonMap = { 'k:{"name":"web"}': {}, 'k:{"name":"worker"}': { 'f:readinessProbe': {} } }

void t.test('what a manifest states is written, what it leaves out is absent', (test) => {
  const manifests = manifestsOf(fieldsWith(owned))
  test.equal(manifests.statementOf(probeAt), 'written')
  test.equal(manifests.statementOf('containers[name=worker].lifecycle.preStop'), 'absent')
  test.equal(manifests.statementOf('containers[name=web].readinessProbe'), 'absent')
  test.end()
})

void t.test('nothing is called absent by keys that no container can have', (test) => {
  const manifests = manifestsOf(
    fieldsWith({ 'k:{"name":"web"}': { 'f:livenessProbe': {} }, 'k:{\\"name\\":\\"wor': {} })
  )
  test.equal(manifests.statementOf(probeAt), 'unknown')
  test.equal(manifests.statementOf('containers[name=web].livenessProbe'), 'written', 'what is there is there')
  test.equal(manifests.statementOf('initContainers[name=web].livenessProbe'), 'absent', 'another list is not in doubt')
  test.equal(manifests.statementOf('terminationGracePeriodSeconds'), 'absent', 'nor what is in no list')
  test.end()
})

void t.test('a key with a backslash that another wrote hides nothing', (test) => {
  const [first = '', second = ''] = Object.keys(owned)
  // What the wire has of the key, as long as the key is.
  const trap = JSON.stringify(second).slice(1, second.length + 1)
  JSON.parse(JSON.stringify({ [first]: {}, [trap]: {} }))
  const fields = JSON.parse(JSON.stringify(fieldsWith(owned))) as JsonMap
  test.not(manifestsOf(fields).statementOf(probeAt), 'absent')
  test.end()
})
