import { rotateKey } from '../engine/api.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'

function annotationsOf(secret: JsonObject): JsonObject {
  const metadata = secret['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

export function asksForRotation(secret: JsonObject): boolean {
  return Object.hasOwn(annotationsOf(secret), rotateKey)
}

export function withoutRequest(secret: JsonObject): JsonObject {
  const { [rotateKey]: _, ...annotations } = annotationsOf(secret)
  const metadata = secret['metadata']
  return isObject(metadata) ? { ...secret, metadata: { ...metadata, annotations } } : secret
}
