import { expectShape, list, object, string } from './shape.ts'
import type { Workload } from './workload.ts'

/** A PersistentVolumeClaim, as far as it says who may use its volume at once, and which volume that is. */
export interface Claim {
  name: string
  namespace: string
  /** Those of its volume once it is bound, until then those that it requests. */
  accessModes: readonly string[]
  /** `Pending`, `Bound` or `Lost`; empty before its first status. */
  phase: string
  /** Empty until it is bound. */
  volumeName: string
  /** Undefined until a class is named or a default one filled in; empty: it wants no class. */
  storageClassName: string | undefined
}

const claim = object({
  metadata: object({ name: string, namespace: string }),
  spec: object({ accessModes: list(string), volumeName: string, storageClassName: string }),
  status: object({ phase: string, accessModes: list(string) })
})

/** Throws MalformedObject, which names the field. */
export function parseClaim(raw: unknown): Claim {
  expectShape(claim, raw)
  const { metadata: { name = '', namespace = '' } = {}, spec = {}, status = {} } = raw
  return {
    name,
    namespace,
    accessModes: status.accessModes ?? spec.accessModes ?? [],
    phase: status.phase ?? '',
    volumeName: spec.volumeName ?? '',
    storageClassName: spec.storageClassName
  }
}

/**
 * The names of the claims that all pods of a workload share: those in the volumes of its template, and not those that each pod gets of its
 * own. A claim template replaces the volume of its name (kubernetes pkg/controller/statefulset/stateful_set_utils.go, updateStorage).
 */
export function sharedClaims(workload: Workload): readonly string[] {
  const { volumes = [] } = workload.podSpec
  if (!volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)) return none
  const { volumeClaimTemplates = [] } = workload.kind === 'StatefulSet' ? workload.spec : {}
  const own = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name))
  return volumes.flatMap(({ name, persistentVolumeClaim: { claimName } = {} }) => {
    return claimName === undefined || own.has(name) ? [] : [claimName]
  })
}

const none: readonly string[] = []

/**
 * Whether the volume of a claim that is known attaches to one node at a time, as the attach-detach controller has it: unless a mode allows many nodes (kubernetes
 * pkg/volume/util/util.go, IsMultiAttachAllowed). Several pods of that node may use it, except with ReadWriteOncePod.
 */
export function attachesOnce(one: Claim | undefined): boolean {
  const { accessModes = [] } = one ?? {}
  return accessModes.length > 0 && !accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
}

/** Whether no two pods may use a volume, even on one node. */
export function allowsOnePod(one: Claim | undefined): boolean {
  return one?.accessModes.includes('ReadWriteOncePod') === true
}

/**
 * Whether a shared claim holds all pods of a template on the node that its volume is attached to: elsewhere a pod waits for the volume in
 * ContainerCreating. Undefined if only a claim that is not known could.
 */
export function keepsTogether(workload: Workload, claims: ReadonlyMap<string, Claim> | undefined): boolean | undefined {
  if (claimThatHolds(workload, claims) !== undefined) return true
  return sharedClaims(workload).some((name) => claims?.get(name) === undefined) ? undefined : false
}

/** The first of its claims that holds all pods of a template on one node, as far as the claims are known. */
export function claimThatHolds(workload: Workload, claims: ReadonlyMap<string, Claim> | undefined): Claim | undefined {
  return sharedClaims(workload)
    .flatMap((name) => claims?.get(name) ?? [])
    .find(attachesOnce)
}
