import { isObject, type JsonObject } from '../kube/shape.ts'

/** On the Secret, with any value: somebody wants another authority. It is taken off by the write that names one. */
const annotation = 'holdfast.dev/rotate'

function annotationsOf(secret: JsonObject): JsonObject {
  const metadata = secret['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

export function asksForRotation(secret: JsonObject): boolean {
  return Object.hasOwn(annotationsOf(secret), annotation)
}

export function withoutRequest(secret: JsonObject): JsonObject {
  const { [annotation]: _, ...annotations } = annotationsOf(secret)
  const metadata = secret['metadata']
  return isObject(metadata) ? { ...secret, metadata: { ...metadata, annotations } } : secret
}
