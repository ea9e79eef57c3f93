import t from 'tap'
import { appliedManifests } from '../../../src/engine/injection/applied-manifests.ts'
import { parseWorkload } from '../../../src/kube/workload.ts'
import { deployment, type Json, type JsonMap, web, worker } from '../../support/workloads.ts'

const probeAt = 'containers[name=worker].readinessProbe'

function manifestsOf(fieldsV1: Json) {
  const managedFields = [{ manager: 'argocd', operation: 'Apply', fieldsV1 }]
  return appliedManifests(
    parseWorkload('Deployment', deployment({ containers: [web, worker], metadata: { managedFields } }))
  ).inManifests
}

function fieldsWith(containers: JsonMap): JsonMap {
  return { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } }
}

const owned: JsonMap = { 'k:{"name":"web"}': {}, 'k:{"name":"worker"}': { 'f:readinessProbe': {} } }

void t.test('what a manifest states is written, what it leaves out is absent', (test) => {
  const inManifests = manifestsOf(fieldsWith(owned))
  test.equal(inManifests(probeAt), 'written')
  test.equal(inManifests('containers[name=worker].lifecycle.preStop'), 'absent')
  test.equal(inManifests('containers[name=web].readinessProbe'), 'absent')
  test.end()
})

void t.test('nothing is called absent by keys that no container can have', (test) => {
  const inManifests = manifestsOf(
    fieldsWith({ 'k:{"name":"web"}': { 'f:livenessProbe': {} }, 'k:{\\"name\\":\\"wor': {} })
  )
  test.equal(inManifests(probeAt), 'unknown')
  test.equal(inManifests('containers[name=web].livenessProbe'), 'written', 'what is there is there')
  test.equal(inManifests('initContainers[name=web].livenessProbe'), 'absent', 'another list is not in doubt')
  test.equal(inManifests('terminationGracePeriodSeconds'), 'absent', 'nor what is in no list')
  test.end()
})

void t.test('a key with a backslash that another wrote hides nothing', (test) => {
  const [first = '', second = ''] = Object.keys(owned)
  // What the wire has of the key, as long as the key is.
  const trap = JSON.stringify(second).slice(1, second.length + 1)
  JSON.parse(JSON.stringify({ [first]: {}, [trap]: {} }))
  const fields = JSON.parse(JSON.stringify(fieldsWith(owned))) as JsonMap
  test.not(manifestsOf(fields)(probeAt), 'absent')
  test.end()
})
