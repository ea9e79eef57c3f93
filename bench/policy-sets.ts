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

/** What one policy costs on the first of the kinds that it applies to, in CPU microseconds. */
export interface PolicyCost {
  id: string
  kind: KindName
  microseconds: number
}

interface Measured {
  kind: KindName
  text: string
  name: string
  count: number
  ruleset: Ruleset
  times: number[]
}

/** In critical no policy is off. */
function measuredOf(kind: KindName, text: string, name: string, some: readonly Policy[]): Measured {
  return { kind, text, name, count: some.length, ruleset: buildRuleset(some, 'critical'), times: [] }
}

const applies = ({ appliesTo }: Policy, kind: KindName) => appliesTo.some((one) => one === kind)

function setsOf(kind: KindName): Readonly<Record<SetName, readonly Policy[]>> {
  return {
    v1: policies.filter((policy) => policy.since === 'v1' && applies(policy, kind)),
    v2: policies.filter((policy) => policy.since === 'v2' && applies(policy, kind)),
    others: policies.filter((policy) => !applies(policy, kind))
  }
}

/** Batches of `rounds` for each, after as many that warm up, all taking turns. Each subject is new, and judged once: nothing is remembered of it. */
function takeTurns(all: readonly Measured[], rounds: number): void {
  const { source } = keepCluster({ workloads: 200, nodes: 20, namespaces: 2 })
  let sink = 0
  for (let round = 0; round < rounds * 2; round++) {
    for (const { kind, text, ruleset, times } of all) {
      const subjects = Array.from({ length: batch }, () => subjectOf(kind, JSON.parse(text)))
      const before = process.cpuUsage()
      for (const subject of subjects) {
        sink += evaluate(subject, { facts: source.factsFor(subject), ruleset, exemptions }).verdicts.length
      }
      const { user, system } = process.cpuUsage(before)
      if (round >= rounds) times.push((user + system) / batch)
    }
  }
  if (sink === 0) throw new Error('nothing ran')
}

/** The middle of `rounds` batches of each set, beyond what no policy costs. */
export function measureSets(reviews: Reviews, rounds: number): SetCost[] {
  const objects = objectsFrom(reviews)
  const groups = measuredKinds.map((kind) => {
    const text = JSON.stringify(objects[kind])
    const sets = setsOf(kind)
    return {
      kind,
      none: measuredOf(kind, text, 'none', []),
      sets: setNames.map((name) => ({ name, measured: measuredOf(kind, text, name, sets[name]) }))
    }
  })
  takeTurns(
    groups.flatMap(({ none, sets }) => [none, ...sets.map(({ measured }) => measured)]),
    rounds
  )
  return groups.map(({ kind, none, sets }) => ({
    kind,
    sets: sets.map(({ name, measured }) => ({
      name,
      policies: measured.count,
      microseconds: median(measured.times) - median(none.times)
    }))
  }))
}

/** The same for each policy by itself, the dearest first. */
export function measurePolicies(reviews: Reviews, rounds: number): PolicyCost[] {
  const objects = objectsFrom(reviews)
  const none = measuredKinds.map((kind) => measuredOf(kind, JSON.stringify(objects[kind]), 'none', []))
  const all = policies.flatMap((policy) => {
    const kind = measuredKinds.find((one) => applies(policy, one))
    return kind === undefined ? [] : [measuredOf(kind, JSON.stringify(objects[kind]), policy.id, [policy])]
  })
  takeTurns([...none, ...all], rounds)
  const without = new Map(none.map(({ kind, times }) => [kind, median(times)]))
  return all
    .map(({ name, kind, times }) => ({
      id: name,
      kind,
      microseconds: median(times) - (without.get(kind) ?? Number.NaN)
    }))
    .toSorted((one, other) => other.microseconds - one.microseconds)
}

export function subjectOf(kind: KindName, object: unknown): Subject {
  const subject = kinds[kind].parse?.(object)
  if (subject === undefined) throw new Error(`${kind} is not judged`)
  return subject
}
