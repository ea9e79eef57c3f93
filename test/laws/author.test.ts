import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Generated, setting, workload } from './generated.ts'
import { admitOf, ask, type JsonMap, operationsIn } from '../support/workloads.ts'
import { law } from './law.ts'

const { constantFrom } = fc

const custom = { apiVersion: 'example.com/v1', kind: 'Database', name: 'db' }
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cr' }
const ofKubernetes = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const listed = 'system:serviceaccount:shop:operator'
const operators = { trusted: new Set([listed]) }

const controller = constantFrom<[user: string, owner: JsonMap][]>(
  ['system:serviceaccount:operators:db', custom],
  ['system:serviceaccount:kube-system:deployment-controller', ofKubernetes],
  ['system:serviceaccount:kube-system:any-other', configMap],
  ['system:kube-controller-manager', custom],
  [listed, configMap]
)
const tenant = constantFrom('system:serviceaccount:shop:deployer', 'system:admin', 'alice', 'system:node:node-1')
const forged = constantFrom<JsonMap[]>(custom, configMap, ofKubernetes)
const controls = constantFrom<JsonMap[]>({}, { controller: true }, { controller: false })

function ownedBy({ object }: Generated, owner: JsonMap): JsonMap {
  return { ...object, metadata: { ...(object['metadata'] as JsonMap), ownerReferences: [owner] } }
}

const by = (username: string) => ({ userInfo: { username } })

law(
  'what a controller writes to what it owns is neither denied nor patched',
  fc.tuple(setting, workload, controller, controls),
  ([given, one, [user, owner], more]) => {
    const admit = admitOf({ ...given, operators })
    const parts = { object: ownedBy(one, { ...owner, ...more }), resource: one.resource, request: by(user) }
    for (const oldObject of [null, one.object]) {
      const { allowed, status } = ask(admit, 'enforce', { ...parts, oldObject })
      assert.ok(allowed, status?.message ?? '')
      assert.deepEqual(operationsIn(ask(admit, 'mutate', { ...parts, oldObject })), [])
    }
  }
)

law(
  'an owner that somebody else writes spares no denial',
  fc.tuple(setting, workload, tenant, forged, controls),
  ([given, one, user, owner, more]) => {
    const admit = admitOf({ ...given, operators })
    const verdict = (object: JsonMap): boolean => {
      return ask(admit, 'enforce', { object, resource: one.resource, request: by(user) }).allowed
    }
    assert.equal(verdict(ownedBy(one, { ...owner, ...more })), verdict(one.object))
  }
)
