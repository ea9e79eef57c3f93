import type { Labels } from './label-selector.ts'
import { expectShape, list, object, string, strings } from './shape.ts'

export interface Taint {
  key: string
  value: string
  effect: string
}

/** A node, as far as it says what may run on it and where it is. */
export interface Node {
  name: string
  labels: Labels
  taints: readonly Taint[]
}

const node = object({
  metadata: object({ name: string, labels: strings }),
  spec: object({ taints: list(object({ key: string, value: string, effect: string })) })
})

/** Throws MalformedObject, which names the field. */
export function parseNode(raw: unknown): Node {
  expectShape(node, raw)
  const { metadata = {}, spec = {} } = raw
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    taints: (spec.taints ?? []).map(({ key = '', value = '', effect = '' }) => ({ key, value, effect }))
  }
}
