import { evaluate } from '../src/engine/evaluate.ts'
import type { Exemptions } from '../src/engine/exemption.ts'
import type { Policy, Subject } from '../src/engine/policy.ts'
import { buildRuleset, type Ruleset } from '../src/engine/ruleset.ts'
import { type KindName, kinds } from '../src/kube/kinds.ts'
import { policies } from '../src/policies/index.ts'
import { autoscalerOf, budgetOf, keepCluster, serviceOf } from './kept-cluster.ts'
import { median } from './median.ts'
import type { Reviews } from './review.ts'

/**
 * What sets of policies cost on a subject of one kind, in CPU microseconds: the facts that they read, and the judgement, beyond what it costs
 * to judge by no policy.
 */
export interface SetCost {
  kind: KindName
  sets: readonly { name: SetName; policies: number; microseconds: number }[]
}

/** The policies of a version that apply to a kind; and those of all versions that do not. */
const setNames = ['v1', 'v2', 'others'] as const
export type SetName = (typeof setNames)[number]

const batch = 100
const subjectName = 'service-7'
const namespace = 'team-0'
const exemptions: Exemptions = { reasons: new Map(), remarks: [] }

export const measuredKinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Pod',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'Service'
] as const satisfies readonly KindName[]

interface DeploymentJson {
  metadata: object
  spec: { replicas: number; selector: object; template: { metadata: object; spec: object } }
}

/** An object of each kind, as JSON. The workloads have the pods of the review. */
export function objectsFrom({ create }: Reviews): Readonly<Record<(typeof measuredKinds)[number], unknown>> {
  const { object } = (JSON.parse(create) as { request: { object: DeploymentJson } }).request
  const { selector, template, replicas } = object.spec
  const metadata = { ...object.metadata, name: subjectName, namespace }
  return {
    Deployment: { ...object, metadata },
    StatefulSet: { metadata, spec: { replicas, serviceName: subjectName, selector, template } },
    DaemonSet: { metadata, spec: { selector, template } },
    Job: { metadata, spec: { template } },
    CronJob: { metadata, spec: { schedule: '@daily', jobTemplate: { spec: { template } } } },
    Pod: { ...template, metadata: { ...template.metadata, name: subjectName, namespace } },
    PodDisruptionBudget: budgetOf(subjectName, namespace),
    HorizontalPodAutoscaler: autoscalerOf(subjectName, namespace),
    Service: serviceOf(subjectName, namespace)
  }
}

interface Measured {
  kind: KindName
  text: string
  name: SetName | 'none'
  count: number
  ruleset: Ruleset
  times: number[]
}

/** In critical no policy is off. */
function setsOf(kind: KindName, text: string): Measured[] {
  const applies = ({ appliesTo }: Policy) => appliesTo.some((one) => one === kind)
  const sets = {
    v1: policies.filter((policy) => policy.since === 'v1' && applies(policy)),
    v2: policies.filter((policy) => policy.since === 'v2' && applies(policy)),
    others: policies.filter((policy) => !applies(policy)),
    none: []
  }
  return ([...setNames, 'none'] as const).map((name) => {
    const ruleset = buildRuleset(sets[name], 'critical')
    return { kind, text, name, count: sets[name].length, ruleset, times: [] }
  })
}

/** The middle of `rounds` batches of each set, after as many that warm up, the sets taking turns. Each subject is new, and judged once: nothing is remembered of it. */
export function measureSets(reviews: Reviews, rounds: number): SetCost[] {
  const { source } = keepCluster({ workloads: 200, nodes: 20, namespaces: 2 })
  const objects = objectsFrom(reviews)
  const all = measuredKinds.flatMap((kind) => setsOf(kind, JSON.stringify(objects[kind])))
  let sink = 0
  for (let round = 0; round < rounds * 2; round++) {
    for (const { kind, text, ruleset, times } of all) {
      const subjects = Array.from({ length: batch }, () => subjectOf(kind, JSON.parse(text)))
      const before = process.cpuUsage()
      for (const subject of subjects) {
        sink += evaluate(subject, { facts: source.factsFor(subject), ruleset, exemptions }).verdicts.length
      }
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / batch)
    }
  }
  if (sink === 0) throw new Error('nothing ran')
  return measuredKinds.map((kind) => {
    const costs = new Map(
      all
        .filter((one) => one.kind === kind)
        .map(({ name, times, count }) => [name, { count, cost: median(times.slice(rounds)) }])
    )
    const without = costs.get('none')?.cost ?? Number.NaN
    const sets = setNames.map((name) => {
      const { count = 0, cost = Number.NaN } = costs.get(name) ?? {}
      return { name, policies: count, microseconds: cost - without }
    })
    return { kind, sets }
  })
}

export function subjectOf(kind: KindName, object: unknown): Subject {
  const subject = kinds[kind].parse?.(object)
  if (subject === undefined) throw new Error(`${kind} is not judged`)
  return subject
}
