import t from 'tap'
import { allKinds, kinds, makers, scaledKinds, wholeOf } from '../../src/kube/kinds.ts'
import { groupResource } from '../../src/kube/resource-kind.ts'

void t.test('the table of kinds', (test) => {
  for (const [name, { kind }] of Object.entries(kinds)) test.equal(kind, name)
  test.equal(new Set(allKinds.map(groupResource)).size, allKinds.length, 'no two kinds share a resource')
  test.strictSame(
    scaledKinds.map(({ kind }) => kind),
    ['Deployment', 'StatefulSet']
  )
  test.strictSame(
    allKinds.filter(({ parseScale }) => parseScale !== undefined),
    scaledKinds,
    'the wish to scale is judged of just those that a person scales'
  )
  test.strictSame(
    [...makers].toSorted(),
    ['apps/DaemonSet', 'apps/Deployment', 'apps/ReplicaSet', 'apps/StatefulSet', 'batch/CronJob', 'batch/Job'],
    'all workloads but Pods'
  )
  test.end()
})

void t.test('every kind that is judged reads its own objects', (test) => {
  for (const { kind, parse } of allKinds) if (parse !== undefined) test.equal(parse({}).kind, kind)
  for (const { kind, parseScale } of scaledKinds) test.match(parseScale?.({}), { kind: 'Scale', parentKind: kind })
  test.end()
})

void t.test('a part belongs to the controller that made it', (test) => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1', controller: true }
  const owned = { ownerReferences: [{ ...deployment, controller: false, name: 'other' }, deployment] }
  test.equal(wholeOf(owned, 'any'), deployment)
  test.equal(wholeOf(owned, makers), deployment)
  test.equal(wholeOf(owned, kinds.Deployment.partOf), undefined, 'a Deployment is a part of nothing')
  test.equal(wholeOf(owned, kinds.ReplicaSet.partOf), deployment)
  test.equal(wholeOf({ ownerReferences: [{ ...deployment, apiVersion: 'example.com/v1' }] }, makers), undefined)
  test.equal(
    wholeOf({ ownerReferences: [{ ...deployment, controller: false }] }, 'any'),
    undefined,
    'an owner that does not control makes no parts'
  )
  test.equal(wholeOf({}, 'any'), undefined)
  test.end()
})
