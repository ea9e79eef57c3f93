import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { type Admit, type Answer, type Endpoint, InvalidReview } from '../../src/admission/answer.ts'
import { longestText } from '../../src/engine/finding.ts'
import { known } from '../../src/inventory/fact.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { MalformedObject } from '../../src/kube/shape.ts'
import { defaulted } from '../laws/server.ts'
import { sourceOf } from '../support/inventory.ts'
import {
  admitFrom,
  applied,
  deployment,
  endpoints,
  operationsIn,
  reviewOf,
  type Said,
  saidIn
} from '../support/workloads.ts'
import type { Case } from './cases.ts'

/** Of an answer without its patch; characters. */
const longestAnswer = 256 * 1024
const longestRefusal = 4096
const builtIn = [Object.prototype, Array.prototype, Function.prototype, String.prototype] as const
const usual = JSON.stringify(reviewOf({ object: deployment() }))

/** What came of a review at an endpoint. */
export type Outcome = 'refused' | 'allowed' | 'patched' | 'denied'

/** Throws where the webhook does anything with a case that it promises not to. Returns what came of it at each endpoint. */
export function assertPromises({ profile, serverVersion, review, around }: Case): Outcome[] {
  const inventory = new Inventory()
  for (const object of around) addTo(inventory, JSON.stringify(object))
  const source = sourceOf(inventory, { serverVersion: () => known(serverVersion) })
  const admit = admitFrom(source, { profile })
  const before = endpoints.map((endpoint) => admit(endpoint, JSON.parse(usual)).body)
  const names = builtIn.map((prototype) => Reflect.ownKeys(prototype))
  const text = JSON.stringify(review) ?? 'null'
  const outcomes = endpoints.map((endpoint) => assertAnswer(admit, endpoint, text))
  assert.deepEqual(
    builtIn.map((prototype) => Reflect.ownKeys(prototype)),
    names,
    'what is built in is as it was'
  )
  const after = endpoints.map((endpoint) => admit(endpoint, JSON.parse(usual)).body)
  assert.deepEqual(after, before, 'others get the answers that they got before')
  return outcomes
}

/** What the API server would never list is left out. */
function addTo(inventory: Inventory, text: string | undefined): void {
  if (text === undefined) return
  try {
    inventory.add(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error
  }
}

function assertAnswer(admit: Admit, endpoint: Endpoint, text: string): Outcome {
  const answer = answerOrRefusal(admit, endpoint, text)
  if (answer === undefined) return 'refused'
  const { request } = JSON.parse(text) as { request: { uid: string; object: unknown } }
  const said = saidIn(answer)
  assert.equal(said.uid, request.uid)
  assert.equal(said.allowed, said.status === undefined)
  assert.ok(
    answer.body.length - (said.patch?.length ?? 0) < longestAnswer,
    `an answer of ${answer.body.length} characters`
  )
  for (const warning of said.warnings ?? []) assertLine(warning)
  for (const line of said.status?.message.split('\n') ?? []) assertPlain(line)
  assertPatch(admit, said, text, request.object)
  if (!said.allowed) return 'denied'
  return said.patch === undefined ? 'allowed' : 'patched'
}

/** Undefined: refused as no review, in few words. Whatever else is thrown is a bug. */
function answerOrRefusal(admit: Admit, endpoint: Endpoint, text: string): Answer | undefined {
  try {
    return admit(endpoint, JSON.parse(text))
  } catch (error) {
    if (!(error instanceof InvalidReview)) throw error
    assert.ok(error.message.length > 0 && error.message.length <= longestRefusal, error.message.slice(0, 300))
    return undefined
  }
}

function assertLine(text: string): void {
  assert.ok(text.length <= longestText, `${text.length}: ${text.slice(0, 300)}`)
  assertPlain(text)
}

function assertPlain(text: string): void {
  assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u)
}

/** Where the pod template lies, if not where it does in all others. */
const places = new Map<unknown, readonly string[]>([
  ['Pod', []],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']]
])

/** As the API server fills in defaults, before it asks and after each patch. */
function withDefaults(object: unknown): unknown {
  return defaulted(object, places.get((object as { kind?: unknown }).kind) ?? ['spec', 'template'])
}

/** A patch applies, as another implementation has it, and leaves nothing to patch. */
function assertPatch(admit: Admit, said: Said, text: string, object: unknown): void {
  if (said.patch === undefined) return
  const again = JSON.parse(text) as { request: { object: unknown } }
  again.request.object = withDefaults(applied(object, operationsIn(said)))
  if (!isDeepStrictEqual(withDefaults(object), object)) return
  assert.deepEqual(operationsIn(saidIn(admit('mutate', again))), [], 'what is patched is patched once')
}
