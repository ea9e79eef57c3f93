import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { additionsFor } from '../../src/engine/injection/additions.ts'
import { buildJudge, type Judgement } from '../../src/engine/judge.ts'
import { buildChooseRuleset } from '../../src/engine/profile.ts'
import type { PolicyAddition } from '../../src/engine/policy.ts'
import type { Override } from '../../src/engine/ruleset.ts'
import type { Operation } from '../../src/engine/violation.ts'
import { unknown } from '../../src/inventory/fact.ts'
import type { FactSource } from '../../src/inventory/fact-source.ts'
import { savedSourceOf } from '../../src/inventory/facts-file.ts'
import type { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { sources } from '../../src/inventory/source.ts'
import { groupOf } from '../../src/kube/workload-key.ts'
import { isWorkload } from '../../src/kube/workload.ts'
import { policies } from '../../src/policies/index.ts'
import { inventoryOf, sourceOf } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'
import { budget } from './generated-budget.ts'
import { anyAutoscaler, anyService, plainWorkload, scale, type Thing, world } from './generated-world.ts'
import { workload } from './generated.ts'
import { law } from './law.ts'

const overrides = {
  common: {},
  policies: new Map<string, Override>([
    ['fast-failover', { parameters: { inject: 'on' } }],
    ['pre-stop-sleep', { parameters: { loadBalancerSeconds: 15 } }]
  ])
}
const chooseRuleset = buildChooseRuleset({ policies, profile: 'critical', overrides })

const today = () => '2026-11-21'

function judged(object: JsonMap, { factsFor, namespaceLabels }: FactSource): Judgement {
  const exemptions = { allowed: true, forbidden: new Set<string>() }
  return buildJudge({ policies, chooseRuleset, exemptions, factsFor, namespaceLabels, today })(
    subjectFrom(object),
    'shop'
  )
}

/** The policies that may deny: each could be required by a configuration. */
function denying({ evaluation }: Judgement, operation: Operation): Set<string> {
  const found = evaluation.findings.filter(({ certainty }) => {
    return certainty.kind === 'certain' && certainty.sparedOn !== operation && certainty.sparedOn !== 'both'
  })
  return new Set(found.map(({ policy }) => policy))
}

function additions(judgement: Judgement): readonly PolicyAddition[] {
  const { subject } = judgement
  return isWorkload(subject) || subject.kind === 'PodDisruptionBudget' ? additionsFor(subject, judgement) : []
}

/** Namespaces are always seen: for one that is not, the configuration chooses the profile. */
const hidden = sources.filter((source) => source !== 'namespaces')

/** What is known where one thing is unknown: a whole source, the version of the server, or an object for which there was no room. */
function* withoutOne(inventory: Inventory, all: readonly Thing[]): Iterable<[missing: string, source: FactSource]> {
  for (const source of hidden) {
    yield [source, sourceOf(inventory, { readiness: wholeBut({ [source]: 'unread' }) })]
  }
  yield ['serverVersion', sourceOf(inventory, { serverVersion: () => unknown('unread') })]
  for (const one of all) {
    inventory.leaveOut(one)
    yield [savedSourceOf({ group: groupOf(one.apiVersion), kind: one.kind }), sourceOf(inventory)]
    inventory.add(one)
  }
}

const namespace = fc
  .constantFrom<JsonMap>({}, {}, { 'holdfast.dev/profile-version': 'v1' })
  .map((labels): JsonMap => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }))

function casesOf(subject: fc.Arbitrary<JsonMap>) {
  const named = subject.map((one): JsonMap => {
    return { ...one, metadata: { ...(one['metadata'] as JsonMap), name: 'web', namespace: 'shop' } }
  })
  return fc.record({ object: named, all: world, home: namespace })
}

const workloads = fc.oneof(
  plainWorkload,
  plainWorkload,
  plainWorkload,
  workload.map(({ object }) => object)
)
const subjects: Readonly<Record<string, fc.Arbitrary<JsonMap>>> = {
  'a workload': workloads,
  'a budget': budget,
  'an autoscaler': anyAutoscaler,
  'a Service': anyService,
  'a Scale': scale
}

for (const [name, subject] of Object.entries(subjects)) {
  const fact = `what denies ${name} while something is unknown also denies it once that is known`
  law(fact, casesOf(subject), ({ object, all, home }) => {
    const inventory = inventoryOf([home, ...all])
    const whole = judged(object, sourceOf(inventory))
    const certain = { CREATE: denying(whole, 'CREATE'), UPDATE: denying(whole, 'UPDATE') }
    for (const [missing, source] of withoutOne(inventory, all)) {
      const judgement = judged(object, source)
      for (const operation of ['CREATE', 'UPDATE'] as const) {
        for (const policy of denying(judgement, operation)) {
          assert.ok(certain[operation].has(policy), `${policy} without ${missing}`)
        }
      }
    }
  })
}

/** The remedies that act without knowing something, as their pages say. */
const guesses: ReadonlySet<string> = new Set([
  // A declared port counts.
  'readiness-probe services',
  // A constraint that is only preferred keeps no pod from running.
  'topology-spread autoscalers',
  'topology-spread nodes'
])

law(
  'what is added while something is unknown is also added once that is known',
  casesOf(fc.oneof(workloads, budget)),
  (one) => {
    const { object, all, home } = one
    const inventory = inventoryOf([home, ...all])
    const whole = new Set(additions(judged(object, sourceOf(inventory))).map(({ at }) => at))
    for (const [missing, source] of withoutOne(inventory, all)) {
      for (const { policy, at } of additions(judged(object, source))) {
        if (!guesses.has(`${policy} ${missing}`)) assert.ok(whole.has(at), `${policy} at ${at} without ${missing}`)
      }
    }
  }
)
