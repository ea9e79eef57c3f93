import { companionLabels } from '../engine/api.ts'
import { asStored, type LabelSelector } from '../kube/label-selector.ts'

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller: true
  blockOwnerDeletion: false
}

/** A companion as it is applied: what is ours of it, and nothing else. */
export interface CompanionManifest {
  apiVersion: 'policy/v1'
  kind: 'PodDisruptionBudget'
  metadata: {
    name: string
    namespace: string
    /** The mark alone: a label of the workload may be one that a GitOps tool tells its own objects by, and prunes them. */
    labels: Readonly<Record<string, string>>
    ownerReferences: readonly [OwnerReference]
  }
  spec: {
    maxUnavailable: number | string
    unhealthyPodEvictionPolicy: 'AlwaysAllow'
    selector: LabelSelector
  }
}

export interface ManifestOf {
  name: string
  namespace: string
  owner: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>
  maxUnavailable: number | string
  selector: LabelSelector
}

/** The owner's deletion does not wait for the companion: the garbage collector comes for it afterwards. */
export function buildManifest({ name, namespace, owner, maxUnavailable, selector }: ManifestOf): CompanionManifest {
  const { apiVersion, kind, name: ownerName, uid } = owner
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace,
      labels: companionLabels,
      ownerReferences: [{ apiVersion, kind, name: ownerName, uid, controller: true, blockOwnerDeletion: false }]
    },
    spec: { maxUnavailable, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: asStored(selector) }
  }
}
