import { votersOf } from '../engine/api.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { leastReplicas } from '../kube/least-replicas.ts'
import { outsideMajority } from '../kube/quorum.ts'
import { hostnameKey, type Spreading, spreadings } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const statefulIdentity = definePolicy({
  id: 'stateful-identity',
  title: 'The names and the data of a StatefulSet outlive its pods',
  since: 'v2',
  appliesTo: ['StatefulSet'],
  needs: ['autoscaler', 'budgets', 'services'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, facts }) {
    return [
      ...nameless(subject, facts.services),
      ...deletesData(subject, facts.autoscaler),
      ...losesMajority(subject, facts)
    ]
  }
})

/**
 * The names of pods are those of endpoints of the Service that the StatefulSet names. That Service need not be headless: the DNS server of
 * Kubernetes answers for the pods of any (coredns plugin/kubernetes/kubernetes.go, findServices).
 */
function nameless({ spec, replicas = 1 }: Workload<'StatefulSet'>, services: Facts['services']): Violation[] {
  const { serviceName = '' } = spec
  // Older API servers require a name. One pod has no peers that look for it.
  if (serviceName === '' || replicas < 2 || !services.known) return []
  if (services.value.some(({ metadata }) => metadata.name === serviceName)) return []
  const problem = `no Service ${nameText(serviceName)} selects its pods, so they have no DNS names`
  const shortfall = { field: 'spec.serviceName', problem, fix: 'create it, or correct its selector' }
  return [uncertain('later-objects', shortfall, 'on-update')]
}

function deletesData({ spec }: Workload<'StatefulSet'>, autoscaler: Facts['autoscaler']): Violation[] {
  const { persistentVolumeClaimRetentionPolicy: { whenScaled } = {}, volumeClaimTemplates = [] } = spec
  if (whenScaled !== 'Delete' || volumeClaimTemplates.length === 0) return []
  const isDriven = autoscaler.known && autoscaler.value !== null
  const problem = isDriven ? 'its autoscaler deletes data when it scales down' : 'scaling down deletes data'
  const field = 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'
  return [uncertain('intent', { field, problem, fix: 'set it to Retain' })]
}

/** A StatefulSet whose owner says that its pods decide by majority. */
interface Quorum {
  subject: Workload<'StatefulSet'>
  /** How many pods it has when it is scaled down as far as its autoscaler may. */
  pods: number
  /** How many voters there are; of `pods`, if all of them vote. */
  voters: number
  /** How many of its pods may be voters. */
  own: number
  /** How many voters may be missing. One always may: with fewer than three voters their number is at fault, and no setting helps. */
  spare: number
}

/** Nothing in a StatefulSet says that its pods vote, so only those are judged whose owner says it. */
function losesMajority(subject: Workload<'StatefulSet'>, facts: Pick<Facts, 'autoscaler' | 'budgets'>): Violation[] {
  const said = votersOf(subject.metadata) ?? 'none'
  const driver = facts.autoscaler.known ? facts.autoscaler.value : null
  const pods = leastReplicas(subject.replicas ?? 1, driver)
  if (said === 'none' || pods === 0) return []
  const voters = said === 'all' ? pods : said
  const quorum = { subject, pods, voters, own: Math.min(pods, voters), spare: Math.max(1, outsideMajority(voters)) }
  const field = said === 'all' ? 'spec.replicas' : 'metadata.annotations'
  // An autoscaler passes through even numbers.
  const number = said === 'all' && driver !== null ? [] : badNumber(voters, field)
  const own = [...number, ...rollsTooMany(quorum), ...shareNode(quorum)]
  const other = evictTooMany(quorum, facts.budgets)
  const all = [
    ...own.map((shortfall) => certain(shortfall)),
    ...other.map((shortfall) => certain(shortfall, { sparedOn: 'both' }))
  ]
  // Another number of pods has another majority.
  return facts.autoscaler.known ? all : all.map((shortfall) => uncertain('autoscaler', shortfall))
}

/** An even number survives no more losses than the odd one below it, and needs one vote more. */
function badNumber(voters: number, field: string): Shortfall[] {
  if (voters >= 3 && voters % 2 === 1) return []
  if (voters === 1) return [{ field, problem: '1 voter survives no loss', fix: 'use 3' }]
  const problem = `${voters} voters survive no more losses than ${voters - 1}`
  return [{ field, problem, fix: voters === 2 ? 'use 3' : `use ${voters - 1} or ${voters + 1}` }]
}

/** By the StatefulSet controller: a percentage rounds down, and at least one pod is replaced. */
function rollsTooMany({ subject, pods, voters, own, spare }: Quorum): Shortfall[] {
  const { type = 'RollingUpdate', rollingUpdate: { maxUnavailable = 1, partition = 0 } = {} } = subject.strategy
  if (type !== 'RollingUpdate') return []
  const count = Math.min(resolveIntOrPercent(maxUnavailable, pods, 'down') ?? 1, Math.max(0, pods - partition))
  if (count <= spare) return []
  const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable'
  return [{ field, problem: `a rollout may stop ${share(count, { voters, own })} at once`, fix: bound(spare) }]
}

function evictTooMany({ subject, pods, voters, own, spare }: Quorum, budgets: Facts['budgets']): Shortfall[] {
  if (!budgets.known) return []
  // Two budgets make each eviction fail, and a companion keeps the majority unless a person says otherwise.
  const [budget, ...others] = budgets.value.filter(({ companion }) => !companion)
  if (budget === undefined || others.length > 0) return []
  const allowed = disruptionsAtFullHealth(budget.spec, [podsOfWorkload({ kind: subject.kind, replicas: pods })])
  if (typeof allowed !== 'number' || allowed <= spare) return []
  const problem = `budget ${nameText(budget.name)} lets ${share(allowed, { voters, own })} be evicted at once`
  const where = budget.spec.minAvailable === undefined ? 'in the budget' : 'there instead'
  return [{ field: 'spec.selector', problem, fix: `use maxUnavailable: 1 ${where}` }]
}

/** Any spreading counts that keeps more than the spare voters from sharing one node; a zone or a rack has nodes of its own. */
function shareNode({ subject, voters, own, spare }: Quorum): Shortfall[] {
  if (own <= spare) return []
  const found = spreadings(subject)
  const most = Math.min(...found.map(mostTogether))
  if (most <= spare) return []
  const field = podField(subject, 'topologySpreadConstraints')
  if (most >= own) {
    const fix = found.length > 0 ? 'use maxSkew: 1' : `add a constraint for ${hostnameKey}`
    return [{ field, problem: `one node may run ${share(own, { voters, own })}`, fix }]
  }
  return [
    { field, problem: `maxSkew ${most} lets one node run ${share(most, { voters, own })}`, fix: 'use maxSkew: 1' }
  ]
}

/** How many pods may be in one place, as far as the spreading is heeded. */
function mostTogether(spreading: Spreading): number {
  return spreading.by === 'constraint' ? (spreading.constraint.maxSkew ?? 1) : 1
}

function share(count: number, { voters, own }: Pick<Quorum, 'voters' | 'own'>): string {
  return count >= own && own === voters ? `all ${voters} voters` : `${Math.min(count, own)} of ${voters} voters`
}

function bound(spare: number): string {
  return spare === 1 ? 'set it to 1' : `set it to ${spare} or less`
}
