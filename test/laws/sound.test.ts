import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Admit } from '../../src/admission/answer.ts'
import { resolveSpecPath } from '../../src/engine/injection/spec-path.ts'
import type { PatchOperation } from '../../src/engine/injection/patch-builder.ts'
import { toPointer, valueAt } from '../../src/kube/json.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { admitOf, applied, ask, injectedKey, operationsIn, overTheWire } from '../support/workloads.ts'
import { type Generated, setting, workload } from './generated.ts'
import { law } from './law.ts'

interface Finding {
  policy: string
  field: string
  more?: number
}

interface Entry {
  policy: string
  at: string
}

const cases = fc.tuple(setting, workload)

function findingsOf(admit: Admit, object: unknown, resource: string): Finding[] {
  const { auditAnnotations = {} } = ask(admit, 'enforce', { object, resource })
  return JSON.parse(auditAnnotations['findings'] ?? '[]') as Finding[]
}

function identity({ policy, field }: Finding): string {
  return `${policy} ${field}`
}

function walk(root: unknown, names: readonly string[]): unknown {
  return names.reduce((value: unknown, name) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? Reflect.get(value, name)
      : undefined
  }, root)
}

/** Applies operations as RFC 6902 has it, by hand: the parent must be there. */
function appliedByHand(object: unknown, operations: readonly PatchOperation[]): unknown {
  const root = structuredClone(object)
  for (const operation of operations) {
    const tokens = operation.path.split('/').slice(1)
    const names = tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = names.pop() ?? ''
    const parent = walk(root, names)
    assert.ok(typeof parent === 'object' && parent !== null && !Array.isArray(parent), `a parent for ${operation.path}`)
    assert.equal(operation.op === 'add', (Reflect.get(parent, last) ?? undefined) === undefined, operation.path)
    if (operation.op === 'remove') Reflect.deleteProperty(parent, last)
    else Reflect.set(parent, last, operation.value)
  }
  return root
}

/** What the annotation of an object lists. */
function listed(object: unknown): Entry[] {
  const text = valueAt(object, ['metadata', 'annotations', injectedKey])
  try {
    return (JSON.parse(String(text)) as (Entry | null)[]).filter((entry) => entry !== null)
  } catch {
    return []
  }
}

function newEntries(before: unknown, after: unknown): Entry[] {
  const had = new Set(listed(before).map(({ policy, at }) => `${policy} ${at}`))
  return listed(after).filter(({ policy, at }) => !had.has(`${policy} ${at}`))
}

function patchedBy(admit: Admit, { object, resource }: Generated): { before: unknown; after: unknown } {
  const before = overTheWire(object)
  return { before, after: applied(before, operationsIn(ask(admit, 'mutate', { object, resource }))) }
}

law('a patch applies, and comes to the same by whoever applies it', cases, ([given, { object, resource }]) => {
  const operations = operationsIn(ask(admitOf(given), 'mutate', { object, resource }))
  const before = overTheWire(object)
  assert.deepEqual(appliedByHand(before, operations), applied(before, operations))
})

law('of a patched object nothing is said that was not said before', cases, ([given, generated]) => {
  const admit = admitOf(given)
  const { before, after } = patchedBy(admit, generated)
  const said = new Set(findingsOf(admit, before, generated.resource).map(identity))
  const added = findingsOf(admit, after, generated.resource).filter((finding) => !said.has(identity(finding)))
  assert.deepEqual(added, [])
})

law('only a policy that finds something injects', cases, ([given, { object, resource }]) => {
  const admit = admitOf(given)
  const findings = findingsOf(admit, object, resource)
  const { auditAnnotations = {} } = ask(admit, 'mutate', { object, resource })
  for (const policy of JSON.parse(auditAnnotations['injected'] ?? '[]') as string[]) {
    assert.ok(
      findings.some((finding) => finding.policy === policy || finding.more !== undefined),
      policy
    )
  }
})

/** Two containers of one name, which the API server refuses, are one place: of them the first is meant. */
function timesSaid(findings: readonly Finding[], { policy, at }: Entry): number {
  return findings.filter((finding) => finding.policy === policy && `.${finding.field}`.endsWith(`.spec.${at}`)).length
}

law('a policy has nothing to say of a place where it injected', cases, ([given, generated]) => {
  const admit = admitOf(given)
  const { before, after } = patchedBy(admit, generated)
  const { podSpec } = parseWorkload(generated.kind, overTheWire(after))
  const was = findingsOf(admit, before, generated.resource)
  const left = findingsOf(admit, after, generated.resource)
  // A list that is too long for an annotation ends with how many more there are.
  if ([...was, ...left].some(({ more }) => more !== undefined)) return
  for (const entry of newEntries(before, after)) {
    const place = resolveSpecPath(podSpec, entry.at)
    assert.ok(place !== undefined && valueAt(podSpec, place) !== undefined, `${entry.at} is there`)
    assert.equal(timesSaid(left, entry), Math.max(0, timesSaid(was, entry) - 1), `${entry.policy} at ${entry.at}`)
  }
})

law('what a patch puts in is written down beside it', cases, ([given, generated]) => {
  const { object, resource, kind, at } = generated
  const operations = operationsIn(ask(admitOf(given), 'mutate', { object, resource }))
  const after = applied(overTheWire(object), operations)
  const { podSpec } = parseWorkload(kind, overTheWire(after))
  const places = listed(after).map((entry) =>
    toPointer([...at, 'spec', ...(resolveSpecPath(podSpec, entry.at) ?? [''])])
  )
  for (const { path } of operations.filter((operation) => !operation.path.startsWith('/metadata'))) {
    assert.ok(
      places.some((place) => `${place}/`.startsWith(`${path}/`)),
      `${path} is written down`
    )
  }
})

law('a patched object is patched no more, byte for byte', cases, ([given, generated]) => {
  const admit = admitOf(given)
  const { after: object } = patchedBy(admit, generated)
  assert.equal(ask(admit, 'mutate', { object, resource: generated.resource }).patch, undefined)
})
