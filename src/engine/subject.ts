import type { Subject } from './policy.ts'

/** How texts name an object: `deployment/web`; a Scale by its parent; `pod/web-*` if the API server has yet to generate the name. */
export function objectName(subject: Subject): string {
  const kind = subject.kind === 'Scale' ? subject.parentKind : subject.kind
  const { name = '', generateName = '' } = subject.metadata
  return `${kind.toLowerCase()}/${name === '' ? `${generateName}*` : name}`
}
