import { companionLabels, gaveWayKey } from '../engine/api.ts'
import { asStored, type LabelSelector } from '../kube/label-selector.ts'

export interface ControllerReference {
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
    /** Only those of a companion: a GitOps tool may know its own objects by a label of the workload, and would prune the companion. */
    labels: Readonly<Record<string, string>>
    /** For how many unready pods it gives way. None where it never did. */
    annotations?: Readonly<Record<string, string>>
    ownerReferences: readonly [ControllerReference]
  }
  spec: {
    maxUnavailable: number | string
    unhealthyPodEvictionPolicy: 'AlwaysAllow' | 'IfHealthyBudget'
    selector: LabelSelector
  }
}

export interface ManifestOf {
  name: string
  namespace: string
  owner: Pick<ControllerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>
  maxUnavailable: number | string
  selector: LabelSelector
  /** For how many unready pods it gives way; undefined: it is not marked. */
  gaveWay?: number | undefined
  unhealthyPods?: CompanionManifest['spec']['unhealthyPodEvictionPolicy']
}

/** The owner's deletion does not wait for the companion: the garbage collector deletes it afterwards. */
export function buildManifest(of: ManifestOf): CompanionManifest {
  const { name, namespace, owner, maxUnavailable, selector, gaveWay, unhealthyPods = 'AlwaysAllow' } = of
  const { apiVersion, kind, name: ownerName, uid } = owner
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace,
      labels: companionLabels,
      ...(gaveWay !== undefined && { annotations: { [gaveWayKey]: String(gaveWay) } }),
      ownerReferences: [{ apiVersion, kind, name: ownerName, uid, controller: true, blockOwnerDeletion: false }]
    },
    spec: { maxUnavailable, unhealthyPodEvictionPolicy: unhealthyPods, selector: asStored(selector) }
  }
}
