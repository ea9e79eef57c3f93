import type { Test } from 'tap'
import { statefulIdentity } from '../../../src/policies/stateful-identity.ts'
import { evict } from '../../support/cluster-evict.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { create, isRunning, isStaying, type Place, podsOf, said, until } from './place.ts'

const id = '[stateful-identity]'

function statefulSet(name: string, more: object, pod: object = {}, metadata: object = {}): object {
  const { spec, ...rest } = bareDeployment(name, {}, pod)
  const { selector, template } = spec
  const whole = { replicas: 3, selector, template, podManagementPolicy: 'Parallel', ...more }
  return { ...rest, kind: 'StatefulSet', metadata: { name, ...metadata }, spec: whole }
}

function headless(name: string, app: string): object {
  const spec = { clusterIP: 'None', selector: { app }, ports: [{ port: 8080 }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
}

/** By the pods themselves: the status comes after an eviction. One that is on its way out would be evicted whatever a budget says. */
async function untilRunning(place: Place, name: string): Promise<void> {
  await waitFor({ what: `three pods of ${name}`, seconds: 60 }, async () => {
    return (await podsOf(place, name)).filter((pod) => isStaying(pod) && isRunning(pod)).length === 3 ? true : undefined
  })
  await until(place, ['StatefulSet', name], 'available', ({ availableReplicas }) => availableReplicas === 3)
}

/** The DNS server of a cluster answers for a pod by the hostname that an EndpointSlice gives to its address. */
export async function checkNames(t: Test, place: Place): Promise<void> {
  const object = statefulSet('named', { serviceName: 'named' })
  const service = headless('named', 'named')
  const astray = headless('named', 'other')
  const says = `${id} spec.serviceName: no Service named selects its pods, so they have no DNS names (unless it is created later); create it, or correct its selector`
  t.strictSame(said(statefulIdentity, object), [says])
  t.strictSame(said(statefulIdentity, object, [astray]), [says])
  t.strictSame(said(statefulIdentity, object, [service]), [])
  await create(place, object, astray)
  await untilRunning(place, 'named')
  t.strictSame(await hostnames(place, 'named'), [])
  await place.user.must(['apply', '-f', '-'], service)
  const found = await waitFor({ what: 'the names of the pods', seconds: 60 }, async () => {
    const names = await hostnames(place, 'named')
    return names.length === 3 ? names : undefined
  })
  t.strictSame(found, ['named-0', 'named-1', 'named-2'])
}

async function hostnames({ api, namespace }: Place, service: string): Promise<readonly string[]> {
  const selector = `labelSelector=kubernetes.io%2Fservice-name%3D${service}`
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${selector}`
  const { items } = (await api.must('GET', path)) as {
    items: readonly { endpoints?: { hostname?: string }[] | null }[]
  }
  const endpoints = items.flatMap((slice) => slice.endpoints ?? [])
  return endpoints.flatMap(({ hostname }) => hostname ?? []).toSorted((one, other) => one.localeCompare(other))
}

/** The claims stay unbound, and so their pods wait: a claim is deleted all the same. */
export async function checkData(t: Test, place: Place): Promise<void> {
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } }
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec }]
  const keeping = (name: string, whenScaled: string): object => {
    return statefulSet(name, { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: { whenScaled } })
  }
  const [losing, lasting] = [keeping('losing', 'Delete'), keeping('lasting', 'Retain')]
  const field = 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'
  const says = `${id} ${field}: scaling down deletes data (unless intended); set it to Retain`
  t.strictSame(said(statefulIdentity, losing), [says])
  t.strictSame(said(statefulIdentity, lasting), [])
  await create(place, losing, lasting)
  for (const name of ['lasting', 'losing']) {
    await untilClaims(place, name, 3)
    await place.user.must(['scale', 'statefulset', name, '--replicas=1'])
    await waitFor({ what: `${name} to be scaled down`, seconds: 60 }, async () => {
      return (await podsOf(place, name)).length === 1 ? true : undefined
    })
  }
  await untilClaims(place, 'losing', 1)
  t.equal(await countClaims(place, 'lasting'), 3, 'the data of the pods that went is there for their return')
}

async function countClaims({ api, namespace }: Place, name: string): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims?labelSelector=app%3D${name}`
  return ((await api.must('GET', path)) as { items: readonly unknown[] }).items.length
}

async function untilClaims(place: Place, name: string, count: number): Promise<void> {
  await waitFor({ what: `${count} claims of ${name}`, seconds: 60 }, async () => {
    return (await countClaims(place, name)) === count ? true : undefined
  })
}

export async function checkMajority(t: Test, place: Place): Promise<void> {
  const name = 'voters'
  const required = [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: name } } }]
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
  const object = statefulSet(name, {}, { affinity }, { annotations: { 'holdfast.dev/quorum': 'true' } })
  const budget = (maxUnavailable: number): object => {
    const spec = { maxUnavailable, selector: { matchLabels: { app: name } } }
    return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec }
  }
  const says = `${id} spec.selector: budget ${name} lets 2 of 3 voters be evicted at once; use maxUnavailable: 1 in the budget`
  t.strictSame(said(statefulIdentity, object, [budget(2)]), [says])
  t.strictSame(said(statefulIdentity, object, [budget(1)]), [])
  await create(place, object)
  await untilRunning(place, name)
  const evictTwo = (most: number) => evictUnder(place, budget(most), name)
  t.strictSame(await evictTwo(2), [201, 201], 'one voter of three is left')
  const refused = await waitFor({ what: 'a second voter that may not go', seconds: 60 }, async () => {
    await untilRunning(place, name)
    const answers = await evictTwo(1)
    // On a busy machine the first one may be replaced before the second is asked for, which is then no majority.
    return answers[1] === 201 ? undefined : answers
  })
  t.strictSame(refused, [201, 429], 'two of three stay')
}

/**
 * Evicts two pods under a budget, one right after the other; what the API server answers. Of two at once it tries one again after half a second,
 * when the first is replaced.
 */
async function evictUnder(place: Place, budget: object, name: string): Promise<readonly number[]> {
  await place.user.must(['apply', '-f', '-'], budget)
  const path = `/apis/policy/v1/namespaces/${place.namespace}/poddisruptionbudgets/${name}`
  const { maxUnavailable } = (budget as { spec: { maxUnavailable: number } }).spec
  await waitFor({ what: 'the budget to count', seconds: 60 }, async () => {
    const { metadata, status } = (await place.api.must('GET', path)) as {
      metadata: { generation: number }
      status: { observedGeneration?: number; disruptionsAllowed?: number }
    }
    const isSeen = status.observedGeneration === metadata.generation
    return isSeen && status.disruptionsAllowed === maxUnavailable ? true : undefined
  })
  const answers: number[] = []
  for (const pod of [`${name}-0`, `${name}-1`]) answers.push((await evict(place.api, place.namespace, pod)).status)
  return answers
}
