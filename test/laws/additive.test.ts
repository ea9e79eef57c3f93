import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { admitOf, applied, ask, injectedKey, operationsIn, overTheWire } from '../support/workloads.ts'
import { type Generated, setting, workload } from './generated.ts'
import { gracePlace } from './generated-pod.ts'
import { law } from './law.ts'

interface Change {
  path: string
  was: unknown
  is: unknown
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Every value of `before` that `after` no longer has as it was. Null says nothing, as in Kubernetes' own decoding. */
function changes(before: unknown, after: unknown, path = ''): Change[] {
  if (before === null || before === undefined || before === after) return []
  if (!isMap(before) || !isMap(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, was: before, is: after }]
  }
  if (Array.isArray(before) && before.length !== Object.keys(after).length) return [{ path, was: before, is: after }]
  return Object.keys(before).flatMap((key) => {
    return changes(before[key], Object.hasOwn(after, key) ? after[key] : undefined, `${path}/${key}`)
  })
}

/** Our own annotation, and the default grace period where the object shows that nobody wrote it. */
function isOurs({ path, was }: Change, { evidence, at }: Generated): boolean {
  if (path === `/metadata/annotations/${injectedKey}`) return true
  const isGrace = path === `/${[...at, 'spec', gracePlace].join('/')}`
  return isGrace && was === 30 && evidence === 'says nobody wrote it'
}

law('what the object said is neither changed nor removed', fc.tuple(setting, workload), ([given, generated]) => {
  const { resource, object } = generated
  const operations = operationsIn(ask(admitOf(given), 'mutate', { object, resource }))
  const before = overTheWire(object)
  const found = changes(before, applied(before, operations)).filter((change) => !isOurs(change, generated))
  assert.deepEqual(found, [])
  assert.ok(operations.every(({ op, path }) => op !== 'remove' && !path.includes('/null')))
})

law('the pod of another controller is left alone', fc.tuple(setting, workload), ([given, { object, resource }]) => {
  const metadata = { ...(object['metadata'] as object), ownerReferences: [{ kind: 'Rollout', controller: true }] }
  assert.deepEqual(operationsIn(ask(admitOf(given), 'mutate', { object: { ...object, metadata }, resource })), [])
})
