import { type Metadata, metadata } from './metadata.ts'
import { expectShape, integer, object } from './shape.ts'

const scale = object({ metadata, spec: object({ replicas: integer }) })

/** An autoscaling/v1 Scale: what `kubectl scale` and autoscalers write to the scale subresource. */
export interface Scale {
  kind: 'Scale'
  metadata: Metadata
  /** 0 where absent: the field is omitted when it is 0. */
  replicas: number
}

/** Throws MalformedObject, which names the field. */
export function parseScale(raw: unknown): Scale {
  expectShape(scale, raw)
  return { kind: 'Scale', metadata: raw.metadata ?? {}, replicas: raw.spec?.replicas ?? 0 }
}
