import { boolean, type Infer, list, object, string, strings } from './shape.ts'

/** What we read of an object's metadata. */
export const metadata = object({
  name: string,
  generateName: string,
  namespace: string,
  uid: string,
  resourceVersion: string,
  labels: strings,
  annotations: strings,
  deletionTimestamp: string,
  ownerReferences: list(object({ apiVersion: string, kind: string, name: string, uid: string, controller: boolean }))
})

export type Metadata = Infer<typeof metadata>

/** An annotation by its key, which may be anything. */
export function annotation({ annotations = {} }: Metadata, key: string): string | undefined {
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined
}

export type OwnerReference = NonNullable<Metadata['ownerReferences']>[number]

/** The controller that owns the object and would undo or repeat what is done to it. */
export function controllerOf({ ownerReferences = [] }: Metadata): OwnerReference | undefined {
  return ownerReferences.find(({ controller }) => controller === true)
}
