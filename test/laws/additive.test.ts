import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { valueAt } from '../../src/kube/json.ts'
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

/**
 * Our own annotation, and a grace period that nobody wrote: the default where the object shows so, and what its record says was injected
 * over the default, unless a manifest states it. Such a record cannot be told from ours.
 */
function isOurs({ path, was, is }: Change, { evidence, at, object }: Generated): boolean {
  if (path === `/metadata/annotations/${injectedKey}`) return true
  if (path !== `/${[...at, 'spec', gracePlace].join('/')}`) return false
  if (was === 30) return evidence === 'says nobody wrote it'
  return Number(is) > Number(was) && evidence !== 'says it was written' && isRecorded(object, was)
}

const raising: ReadonlySet<string> = new Set(['pre-stop-sleep', 'termination-budget'])

/** Whether a policy that injects grace periods is recorded to have injected this one. */
function isRecorded(object: unknown, grace: unknown): boolean {
  const text = valueAt(object, ['metadata', 'annotations', injectedKey])
  const entries = JSON.parse(String(text)) as { policy?: string; at?: string; value?: unknown; instead?: number }[]
  return entries.some(({ policy = '', at, value, instead }) => {
    return raising.has(policy) && at === gracePlace && value === grace && instead === 30
  })
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
