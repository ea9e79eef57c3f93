/** A kind of object, and where the API server serves it. */
export interface ResourceKind {
  /** The API group: `apps`; empty for the core group. */
  group: string
  version: string
  kind: string
  /** Its plural in paths and roles: `deployments`. */
  resource: string
}

const dnsLabel = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const written = new RegExp(
  `^([A-Z][A-Za-z0-9]{0,62})\\.(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)\\.(${dnsLabel}(?:\\.${dnsLabel})*)$`
)

/** As UnsafeGuessKindToResource has it (k8s.io/apimachinery pkg/api/meta/restmapper.go): right for all but odd plurals. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase()
  if (singular.endsWith('s')) return `${singular}es`
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`
}

/** Reads a kind as kubectl writes it in full, `Rollout.v1alpha1.argoproj.io`; else undefined. */
export function parseResourceKind(text: string): ResourceKind | undefined {
  const [, kind = '', version = '', group = ''] = (text.length <= 300 && written.exec(text)) || []
  return kind === '' ? undefined : { group, version, kind, resource: pluralOf(kind) }
}

/** A kind as `parseResourceKind` reads it. */
export function kindText({ group, version, kind }: ResourceKind): string {
  return `${kind}.${version}.${group}`
}

/** The apiVersion of its objects: `apps/v1`; `v1` in the core group. */
export function apiVersionOf({ group, version }: ResourceKind): string {
  return group === '' ? version : `${group}/${version}`
}

/** The path of its collection, over all namespaces: `/apis/apps/v1/deployments`. */
export function collectionPath(kind: ResourceKind): string {
  return `${rootPath(kind)}/${kind.resource}`
}

/** The path of its collection in one namespace: `/apis/apps/v1/namespaces/shop/deployments`. */
export function collectionPathIn(kind: ResourceKind, namespace: string): string {
  return `${rootPath(kind)}/namespaces/${namespace}/${kind.resource}`
}

function rootPath({ group, version }: ResourceKind): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}

/** The resource as roles and reviews tell it from others: `apps/deployments`; `pods` in the core group. */
export function groupResource({ group, resource }: Pick<ResourceKind, 'group' | 'resource'>): string {
  return group === '' ? resource : `${group}/${resource}`
}
