import type { Facts } from '../inventory/facts/index.ts'
import { nameText } from '../engine/text.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { type Autoscaler, boundFields, isAutoscaler, type ScaleTarget } from '../kube/autoscaler.ts'
import { hookedContainers } from '../kube/containers.ts'
import { kinds } from '../kube/kinds.ts'
import { isGiven, type LimitRange } from '../kube/limit-range.ts'
import { requesting, type Unmeasurable, unmeasurable } from '../kube/requests.ts'
import { keepsChanging } from '../kube/vertical-autoscaler.ts'
import { podField, type Workload, workloadKinds } from '../kube/workload.ts'

const targetField = 'spec.scaleTargetRef'

export const autoscalerCanAct = definePolicy({
  id: 'autoscaler-can-act',
  title: 'An autoscaler has room to scale, its own target, and the requests it measures',
  since: 'v1',
  appliesTo: ['HorizontalPodAutoscaler', 'ScaledObject', 'Deployment', 'StatefulSet'],
  needs: ['autoscalers', 'workloads', 'limitRanges', 'verticalAutoscalers', 'apiGroups'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  check({ subject, facts, amended }) {
    const { autoscalers, workloads } = facts
    const ranges = amended('v2') && facts.limitRanges.known ? facts.limitRanges.value : []
    if (!isAutoscaler(subject)) return missingIn(subject, autoscalers, ranges)
    const found = [...boundsOf(subject), ...targetOf(subject, workloads, ranges), ...rivalsOf(autoscalers)]
    if (!amended('v2')) return found
    const rivals = verticalRivals(subject, workloads, facts.verticalAutoscalers)
    return [...found, ...idle(subject), ...rivals, ...unserved(subject, facts.apiGroups)]
  }
})

/** Equal bounds can pause an autoscaler for a while on purpose. */
function boundsOf({ kind, minReplicas, maxReplicas }: Autoscaler): Violation[] {
  if (maxReplicas > minReplicas) return []
  const { min, max } = boundFields[kind]
  const [field, fix] = [`spec.${max}`, `set it above ${minReplicas}`]
  if (maxReplicas < minReplicas) return [certain({ field, problem: `is below ${min}`, fix })]
  return [uncertain('intent', { field, problem: `equals ${min}, so it never scales`, fix })]
}

function idle({ kind, neverScalesUp }: Autoscaler): Violation[] {
  if (!neverScalesUp) return []
  const field = `spec.${boundFields[kind].behavior}.scaleUp.selectPolicy`
  return [uncertain('intent', { field, problem: 'is Disabled, so it never scales up', fix: 'leave it out' })]
}

/** Where the controller reads the metrics of a type (kubernetes staging/src/k8s.io/metrics/pkg/apis), and what usually serves them. */
const sourceOf: ReadonlyMap<string, { group: string; server: string }> = new Map([
  ['Resource', { group: 'metrics.k8s.io', server: 'metrics-server' }],
  ['ContainerResource', { group: 'metrics.k8s.io', server: 'metrics-server' }],
  ['Pods', { group: 'custom.metrics.k8s.io', server: 'its adapter' }],
  ['Object', { group: 'custom.metrics.k8s.io', server: 'its adapter' }],
  ['External', { group: 'external.metrics.k8s.io', server: 'its adapter' }]
])

/** With one metric that it cannot read, an autoscaler only adds pods, by the others (kubernetes pkg/controller/podautoscaler/horizontal.go). */
function unserved({ metricTypes }: Autoscaler, groups: Facts['apiGroups']): Violation[] {
  if (!groups.known) return []
  const sources = metricTypes.map((type) => sourceOf.get(type))
  const isServed = (source: (typeof sources)[number]) => source === undefined || groups.value.has(source.group)
  const index = sources.findIndex((source) => !isServed(source))
  const missing = sources[index]
  if (missing === undefined) return []
  const never = sources.some(isServed) ? 'never scales down' : 'never scales'
  const problem = `nothing serves ${missing.group}, so it ${never}`
  const fix = `install ${missing.server}, or use another metric`
  return [uncertain('later-objects', { field: `spec.metrics[${index}]`, problem, fix })]
}

/**
 * A VerticalPodAutoscaler changes the requests that the use is measured as a share of, so each acts on what the other did (autoscaler
 * vertical-pod-autoscaler/docs/known-limitations.md). A release that moves a resource from one to the other may create before it deletes.
 */
function verticalRivals(
  { kind, measured }: Autoscaler,
  workloads: Facts['workloads'],
  verticals: Facts['verticalAutoscalers']
): Violation[] {
  const [target] = workloads.known ? workloads.value : []
  if (target === undefined || !verticals.known) return []
  for (const vertical of verticals.value) {
    const shared = measured.find(({ resource, container }) => {
      const names = container === undefined ? target.containers.map(({ name }) => name) : [container]
      return names.some((name) => name !== '' && keepsChanging(vertical, name, resource))
    })
    if (shared === undefined) continue
    const asked = nameText(shared.resource)
    const problem = `VerticalPodAutoscaler ${nameText(vertical.name)} keeps changing the ${asked} requests that it measures by`
    const field = `spec.${boundFields[kind].measured}`
    return [certain({ field, problem, fix: `leave ${asked} to one of them` }, { sparedOn: 'CREATE' })]
  }
  return []
}

/** A release may bring the target after its autoscaler. A LimitRange gives pods requests, other webhooks give them containers. */
function targetOf(autoscaler: Autoscaler, workloads: Facts['workloads'], ranges: readonly LimitRange[]): Violation[] {
  const { kind, target, measured } = autoscaler
  const unscalable = unscalableTarget(target)
  if (unscalable !== undefined) return [certain(unscalable)]
  if (!workloads.known) {
    const shortfall = { field: targetField, problem: 'its target may not exist', fix: 'check that it exists' }
    return [uncertain('workloads', shortfall, 'never')]
  }
  const [workload] = workloads.value
  if (workload === undefined) {
    const problem = `${nameText(target.kind)} ${nameText(target.name)} does not exist`
    const shortfall = { field: `${targetField}.name`, problem, fix: 'name a target that exists' }
    return [uncertain('later-objects', shortfall, 'on-update')]
  }
  const field = `spec.${boundFields[kind].measured}`
  const all = unmeasurable(workload.containers, measured).filter((one) => !isGivenBy(ranges, one))
  return all.map((one) => unmeasuredBy(one, field))
}

/** A LimitRange gives a container what it does not request, but not a pod as a whole. */
function isGivenBy(ranges: readonly LimitRange[], { missing, container, resource }: Unmeasurable): boolean {
  return missing === 'request' && container !== '' && isGiven('requests', resource, ranges)
}

function unmeasuredBy({ resource, container, missing }: Unmeasurable, field: string): Violation {
  const name = nameText(container)
  if (missing === 'container') {
    const problem = `its target has no container ${name}`
    return uncertain('injected-sidecars', { field, problem, fix: 'name one of its containers' })
  }
  const asked = nameText(resource)
  const problem = `${container === '' ? 'the pod' : `container ${name}`} requests no ${asked}, so its use cannot be measured`
  return uncertain('limit-ranges', { field, problem, fix: 'request it in its target' })
}

/** A release that renames an autoscaler creates the new one before it deletes the old one. */
function rivalsOf(autoscalers: Facts['autoscalers']): Violation[] {
  const field = targetField
  if (!autoscalers.known) {
    const problem = 'another autoscaler may drive its target'
    return [uncertain('autoscalers', { field, problem, fix: 'keep one autoscaler' }, 'never')]
  }
  return autoscalers.value.map(({ kind, metadata: { name = '' } }) => {
    const problem = `${kind} ${nameText(name)} also drives its target`
    return certain({ field, problem, fix: 'remove one of them' }, { sparedOn: 'CREATE' })
  })
}

/** What the autoscalers of a workload cannot measure in it. */
function missingIn(subject: Workload, autoscalers: Facts['autoscalers'], ranges: readonly LimitRange[]): Violation[] {
  const containers = podField(subject, 'containers')
  if (!autoscalers.known) {
    const problem = 'an autoscaler may measure requests that are missing'
    return [
      uncertain('autoscalers', { field: containers, problem, fix: 'check what the autoscaler measures' }, 'never')
    ]
  }
  const measured = autoscalers.value.flatMap((autoscaler) => autoscaler.measured)
  if (measured.length === 0) return []
  const placeOf = new Map(hookedContainers(subject.podSpec).map((one) => [one.container.name, one.at]))
  const all = unmeasurable(requesting(subject.podSpec), measured).filter((one) => !isGivenBy(ranges, one))
  return all.map(({ resource, container, missing }) => {
    if (missing === 'container') {
      const problem = `its autoscaler measures container ${nameText(container)}, which is missing`
      return uncertain('injected-sidecars', { field: containers, problem, fix: 'add it, or change the autoscaler' })
    }
    const at = placeOf.get(container)
    const field = podField(subject, `${at === undefined ? '' : `${at}.`}resources.requests`)
    const asked = nameText(resource)
    const problem = `its autoscaler measures ${asked}, which is not requested`
    return uncertain('limit-ranges', { field, problem, fix: `set ${asked}` })
  })
}

const workloads = workloadKinds.map((kind) => kinds[kind])
/** Kinds of Kubernetes without a scale subresource, with their group. */
const unscalableKinds = new Set(workloads.filter(({ scales }) => !scales).map(({ group, kind }) => `${group}/${kind}`))
const kindsOfApps = new Set<string>(workloads.filter(({ group }) => group === 'apps').map(({ kind }) => kind))
/** The group of an omitted apiVersion, and the group of these kinds before 1.16. */
const groupsBeforeApps: ReadonlySet<string> = new Set(['', 'extensions'])

/** The shortfall of a target that can never be scaled. The version within a group does not matter. */
function unscalableTarget({ group, kind }: ScaleTarget) {
  if (unscalableKinds.has(`${group}/${kind}`)) {
    return { field: `${targetField}.kind`, problem: `a ${kind} cannot be scaled`, fix: 'name a kind that has replicas' }
  }
  if (!groupsBeforeApps.has(group) || !kindsOfApps.has(kind)) return undefined
  return {
    field: `${targetField}.apiVersion`,
    problem: `this API version has no ${kind} that can be scaled`,
    fix: 'use apps/v1'
  }
}
