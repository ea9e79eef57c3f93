import type { LookConfig } from '../../config/look-schema.ts'
import { remarksOnNamespace } from '../../engine/own-keys.ts'
import { kinds } from '../../kube/kinds.ts'
import { metadata } from '../../kube/metadata.ts'
import { expectShape, MalformedObject, object } from '../../kube/shape.ts'
import type { LookObject } from './read-set.ts'

const namespace = object({ metadata })

/** Which labels and annotations of a namespace have no effect, or another one than their author expects; none for any other object. */
export function namespaceRemarks({ kind, value, object: { name } }: LookObject, config: LookConfig): readonly string[] {
  if (kind !== kinds.Namespace) return []
  try {
    expectShape(namespace, value)
  } catch (error) {
    // Facts of the namespace are unknown then.
    if (error instanceof MalformedObject) return []
    throw error
  }
  return remarksOnNamespace(value.metadata ?? {}, config).map((remark) => `namespace/${name}: ${remark}`)
}
