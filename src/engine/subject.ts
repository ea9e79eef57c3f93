import type { Subject } from './policy.ts'

/** How texts name an object: `deployment/web`; of a Scale what it scales; `pod/web-*` where the API server has yet to make up the name. */
export function objectName(subject: Subject): string {
  const kind = subject.kind === 'Scale' ? subject.parentKind : subject.kind
  const { name = '', generateName = '' } = subject.metadata
  return `${kind.toLowerCase()}/${name === '' ? `${generateName}*` : name}`
}
