import type { Exemptions } from '../../../src/engine/exemption.ts'
import { injectionFor } from '../../../src/engine/injection/injection.ts'
import { valueAt } from '../../../src/kube/json.ts'
import { parseWorkload, type WorkloadKind } from '../../../src/kube/workload.ts'
import { defaulted } from '../../laws/server.ts'
import { factsOf, servicesTo } from '../../support/facts.ts'
import {
  applied,
  frozen,
  injectedKey,
  type JsonMap,
  overTheWire,
  rulesetOf,
  type Setting
} from '../../support/workloads.ts'

const none: Exemptions = { reasons: new Map(), remarks: [] }
const inTemplate = ['spec', 'template']
/** Services lead to the ports that the workloads here declare. */
const surroundings = factsOf({ services: servicesTo(8080, 9090) })

/** What the API server has stored after a CREATE that went through /mutate. */
export function created(object: unknown, setting: Setting = {}, kind: WorkloadKind = 'Deployment'): unknown {
  const sent = defaulted(object, inTemplate)
  const workload = frozen(parseWorkload(kind, overTheWire(sent)))
  const { operations } = injectionFor(workload, undefined, {
    facts: setting.facts ?? surroundings,
    ruleset: rulesetOf(setting),
    exemptions: none
  })
  return defaulted(applied(sent, operations), inTemplate)
}

export interface Updated {
  /** `add /spec/…`, operation by operation. */
  did: string[]
  after: unknown
  template: unknown
  injected: string[]
}

/** What an UPDATE that goes through /mutate comes to. */
export function updated(
  object: unknown,
  old: unknown,
  { setting = {}, exempt = [], kind = 'Deployment' }: { setting?: Setting; exempt?: string[]; kind?: WorkloadKind } = {}
): Updated {
  const sent = defaulted(object, inTemplate)
  const exemptions = { reasons: new Map(exempt.map((id) => [id, 'a reason'])), remarks: [] }
  const context = { facts: setting.facts ?? surroundings, ruleset: rulesetOf(setting), exemptions }
  const workloads = [sent, old].map((each) => frozen(parseWorkload(kind, overTheWire(each)))) as [never, never]
  const { operations, injected } = injectionFor(...workloads, context)
  const after = defaulted(applied(sent, operations), inTemplate)
  return {
    did: operations.map(({ op, path }) => `${op} ${path}`),
    after,
    template: valueAt(after, inTemplate),
    injected: injected.map(({ policy, at }) => `${policy} ${at}`)
  }
}

export function templateOf(object: unknown): unknown {
  return valueAt(object, inTemplate)
}

/** The entries of an object's record. */
export function recordIn(object: unknown): JsonMap[] {
  const text = valueAt(object, ['metadata', 'annotations', injectedKey])
  return typeof text === 'string' ? (JSON.parse(text) as JsonMap[]) : []
}

/** The object with the values of a pod spec, and of its first container, put over its own; undefined takes one out. */
export function podWith(object: unknown, pod: JsonMap, container: JsonMap = {}): unknown {
  const copy = overTheWire(object) as { spec: { template: { spec: { containers: object[] } } } }
  const { spec } = copy.spec.template
  Object.assign(spec, pod)
  Object.assign(spec.containers[0] ?? {}, container)
  return overTheWire(copy)
}
