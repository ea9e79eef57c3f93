import { annotation, type Metadata, type OwnerReference } from '../kube/metadata.ts'
import { groupOf } from '../kube/workload-key.ts'

/** Which operators are controllers, by the configuration. */
export interface OperatorRules {
  /** User names that count as controllers, whatever they write. */
  trusted: ReadonlySet<string>
  /** Whether no other service account counts as a controller, whatever owns its objects. */
  onlyTrusted: boolean
}

/** Who sends a request, and the namespace of its object. */
export interface Author {
  user: string
  namespace: string
}

/** Why a request counts as one of a controller. */
export type Controller = 'trusted' | 'control-plane' | 'operator'

/**
 * Whether the author of a request is a controller that maintains the object, and why. A controller can neither react to a denial nor
 * write an annotation, and reverts a patch: it is never denied, and what it writes is never patched. SECURITY.md says what this lets
 * through.
 *
 * Anyone may write an owner into a manifest, so an owner reference counts only together with an identity that the author cannot choose:
 *
 * - `trusted`: the configuration lists the user.
 * - `control-plane`: a controller of Kubernetes or a kubelet, with an owner of the kind that it maintains, where that can be told.
 * - `operator`: a service account of another namespace than the object's, with an owner of a kind that no controller of Kubernetes
 *   maintains. Tenants have their service accounts in namespaces of their own.
 *
 * Whether the reference says `controller: true` does not matter: many operators leave it out. Owners are undefined if they are not
 * known: then only the identity counts, because what is unknown denies nothing.
 */
export function controllerBehind(
  { user, namespace }: Author,
  owners: readonly OwnerReference[] | undefined,
  { trusted, onlyTrusted }: OperatorRules
): Controller | undefined {
  if (trusted.has(user)) return 'trusted'
  const home = namespaceOfServiceAccount(user)
  if (isControlPlane(user, home)) {
    return owners === undefined || owners.some((owner) => mayMaintain(user, owner)) ? 'control-plane' : undefined
  }
  if (onlyTrusted || home === undefined || home === namespace) return undefined
  return owners === undefined || owners.some((owner) => !maintainedKinds.has(kindOf(owner))) ? 'operator' : undefined
}

/** Whether the user is a program that Kubernetes itself names, and not a person: administrators are `system:admin`, or in `system:masters`. */
export function isMachine(user: string): boolean {
  const home = namespaceOfServiceAccount(user)
  return home !== undefined || isControlPlane(user, home)
}

/** Whether the user scales on behalf of a HorizontalPodAutoscaler, whose own floor is judged instead. */
export function isAutoscaler(user: string): boolean {
  return user === `${inKubeSystem}horizontal-pod-autoscaler` || user === 'system:kube-controller-manager'
}

/**
 * Whether somebody runs the Job of a CronJob by hand, with `kubectl create job --from=cronjob/…`. The CronJob is judged itself, and people
 * run such Jobs in an emergency. The annotation proves nothing, so findings of the Job are still reported.
 */
export function isRunByHand({ kind, metadata }: { kind: string; metadata: Metadata }): boolean {
  if (kind !== 'Job' || annotation(metadata, 'cronjob.kubernetes.io/instantiate') !== 'manual') return false
  return (
    metadata.ownerReferences?.some((owner) => owner.controller === true && kindOf(owner) === 'batch/CronJob') === true
  )
}

const serviceAccount = 'system:serviceaccount:'
const inKubeSystem = `${serviceAccount}kube-system:`

/** The namespace of a service account, which only Kubernetes writes into a user name; undefined for any other user. */
function namespaceOfServiceAccount(user: string): string | undefined {
  if (!user.startsWith(serviceAccount)) return undefined
  const [namespace = ''] = user.slice(serviceAccount.length).split(':', 1)
  return namespace === '' ? undefined : namespace
}

function isControlPlane(user: string, home: string | undefined): boolean {
  return home === 'kube-system' || user === 'system:kube-controller-manager' || user.startsWith('system:node:')
}

/** The controllers of Kubernetes by their service accounts (kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy), and what they maintain. */
const maintained: ReadonlyMap<string, string> = new Map([
  [`${inKubeSystem}cronjob-controller`, 'batch/CronJob'],
  [`${inKubeSystem}daemon-set-controller`, 'apps/DaemonSet'],
  [`${inKubeSystem}deployment-controller`, 'apps/Deployment'],
  [`${inKubeSystem}job-controller`, 'batch/Job'],
  [`${inKubeSystem}replicaset-controller`, 'apps/ReplicaSet'],
  [`${inKubeSystem}replication-controller`, '/ReplicationController'],
  [`${inKubeSystem}statefulset-controller`, 'apps/StatefulSet']
])

/** What such a kind owns is written by its own controller, or by a kubelet, and by no operator. */
const maintainedKinds: ReadonlySet<string> = new Set([...maintained.values(), '/Node'])

/** A kubelet maintains nothing but the mirrors of its static pods. */
function mayMaintain(user: string, owner: OwnerReference): boolean {
  const kind = user.startsWith('system:node:') ? '/Node' : maintained.get(user)
  return kind === undefined || kind === kindOf(owner)
}

function kindOf({ apiVersion = '', kind = '' }: OwnerReference): string {
  return `${groupOf(apiVersion)}/${kind}`
}
