import type { PodAmounts } from './namespace-limits.ts'
import type { AffinityTerm, PodSpec } from './pod.ts'
import { anything, expectShape, isObject, list, object, string } from './shape.ts'

/** One of the conditions on the pods that a ResourceQuota counts. */
export interface Scope {
  name: string
  operator: string
  values: readonly string[]
}

/** A ResourceQuota, as far as it says what each container has to state. */
export interface Quota {
  name: string
  namespace: string
  /** Of `cpu`, `requests.memory`, `limits.cpu` and the like: the API server refuses a pod with a container that states none. */
  stated: readonly string[]
  /** It counts the pods that meet all of them. */
  scopes: readonly Scope[]
}

const quota = object({
  metadata: object({ name: string, namespace: string }),
  spec: object({
    hard: anything,
    scopes: list(string),
    scopeSelector: object({
      matchExpressions: list(object({ scopeName: string, operator: string, values: list(string) }))
    })
  })
})

/** Throws MalformedObject, which names the field. */
export function parseQuota(raw: unknown): Quota {
  expectShape(quota, raw)
  const { metadata: { name = '', namespace = '' } = {}, spec = {} } = raw
  const { hard, scopes = [], scopeSelector: { matchExpressions = [] } = {} } = spec
  return {
    name,
    namespace,
    stated: isObject(hard) ? statable.filter((resource) => Object.hasOwn(hard, resource)) : [],
    scopes: [
      ...scopes.map((scope): Scope => ({ name: scope, operator: 'Exists', values: [] })),
      ...matchExpressions.map(({ scopeName = '', operator = '', values = [] }) => ({
        name: scopeName,
        operator,
        values
      }))
    ]
  }
}

/** Only these (kubernetes pkg/quota/v1/evaluator/core/pods.go, validationSet). */
const statable = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

/** Whether a ResourceQuota counts the pods of a template; false where the template does not say (podMatchesScopeFunc in the same file). */
export function countsPods({ scopes }: Quota, podSpec: PodSpec, bestEffort: boolean): boolean {
  return scopes.every(({ name, operator, values }) => {
    if (name === 'PriorityClass') return selectsClass(podSpec.priorityClassName ?? '', operator, values)
    if (name === 'Terminating') return podSpec.activeDeadlineSeconds !== undefined
    if (name === 'NotTerminating') return podSpec.activeDeadlineSeconds === undefined
    if (name === 'BestEffort') return bestEffort
    if (name === 'NotBestEffort') return !bestEffort
    return name === 'CrossNamespacePodAffinity' && reachesOtherNamespaces(podSpec)
  })
}

/** A pod without a class gets the default one of the cluster. */
function selectsClass(name: string, operator: string, values: readonly string[]): boolean {
  if (name === '') return false
  if (operator === 'In') return values.includes(name)
  return operator === 'NotIn' ? !values.includes(name) : operator === 'Exists'
}

function reachesOtherNamespaces({ affinity: { podAffinity, podAntiAffinity } = {} }: PodSpec): boolean {
  return [podAffinity, podAntiAffinity].some((terms = {}) => {
    const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = terms
    const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = terms
    return [...required, ...preferred.map(({ podAffinityTerm = {} }) => podAffinityTerm)].some(reaches)
  })
}

function reaches({ namespaces = [], namespaceSelector }: AffinityTerm): boolean {
  return namespaces.length > 0 || namespaceSelector !== undefined
}

/** Whether a container has in a pod what a quota asks each to state. */
export function isStated(resource: string, { requests, limits }: PodAmounts): boolean {
  const [side, name = side] = resource.split('.')
  return (side === 'limits' ? limits : requests).has(name ?? '')
}

/** Whether pods with these containers reserve no CPU and no memory (kubernetes pkg/apis/core/v1/helper/qos/qos.go, ComputePodQOS). */
export function isBestEffort(containers: readonly PodAmounts[]): boolean {
  return !containers.some(({ requests, limits }) => isSome(requests) || isSome(limits))
}

function isSome(amounts: PodAmounts['requests']): boolean {
  return ['cpu', 'memory'].some((resource) => (amounts.get(resource) ?? 0) !== 0)
}
