import { type Metadata, metadata } from './metadata.ts'
import { expectShape, integer, object } from './shape.ts'

const scale = object({ metadata, spec: object({ replicas: integer }) })

/** The kinds whose Scale is judged. */
export type ParentKind = 'Deployment' | 'StatefulSet'

/** An autoscaling/v1 Scale: what `kubectl scale` and autoscalers write to the scale subresource. */
export interface Scale {
  kind: 'Scale'
  /** Of what it scales. */
  parentKind: ParentKind
  metadata: Metadata
  /** 0 where absent: the field is omitted when it is 0. */
  replicas: number
}

/** Throws MalformedObject, which names the field. */
export function parseScale(parentKind: ParentKind, raw: unknown): Scale {
  expectShape(scale, raw)
  return { kind: 'Scale', parentKind, metadata: raw.metadata ?? {}, replicas: raw.spec?.replicas ?? 0 }
}
