/** A kind of namespaced object, and where the API server has it. */
export interface ResourceKind {
  /** The API group: `apps`. */
  group: string
  version: string
  kind: string
  /** Its plural in paths and roles: `deployments`. */
  resource: string
}

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const written = new RegExp(
  `^([A-Z][A-Za-z0-9]{0,62})\\.(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)\\.(${label}(?:\\.${label})*)$`
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

/** The apiVersion of its objects: `apps/v1`. */
export function apiVersionOf({ group, version }: ResourceKind): string {
  return `${group}/${version}`
}
