import { onlyNodeOf } from './node-fit.ts'
import { nodeSelectorTerms } from './pod.ts'
import { anything, expectShape, isObject, object } from './shape.ts'

/** A PersistentVolume, as far as it says which nodes can use it. */
export interface Volume {
  /** Only one node can, as with a local disk. */
  isOnOneNode: boolean
  /** No node attaches it, so several can use it whatever its access modes say. */
  isNetworkFileSystem: boolean
}

/** Where a spec has a file system of the network (k8s.io/api core/v1, PersistentVolumeSource). */
export const networkFileSystems = ['nfs', 'cephfs', 'glusterfs', 'azureFile'] as const

const nodeAffinity = object({ required: object({ nodeSelectorTerms }) })
const volume = object({
  spec: object({ nodeAffinity, nfs: anything, cephfs: anything, glusterfs: anything, azureFile: anything })
})

const likeMost: Volume = Object.freeze({ isOnOneNode: false, isNetworkFileSystem: false })

/** Throws MalformedObject, which names the field. */
export function parseVolume(raw: unknown): Volume {
  expectShape(volume, raw)
  const { spec = {} } = raw
  const isOnOneNode = onlyNodeOf(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []) !== undefined
  const isNetworkFileSystem = networkFileSystems.some((form) => isObject(spec[form]))
  return isOnOneNode || isNetworkFileSystem ? { isOnOneNode, isNetworkFileSystem } : likeMost
}
