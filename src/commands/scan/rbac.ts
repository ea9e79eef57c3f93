import type { ListedKind } from '../../inventory/lister.ts'

/**
 * The roles that a scan needs, as YAML: one over all namespaces; or of one namespace a role there, and one for what is in no namespace.
 */
export function rbacText(kinds: readonly ListedKind[], namespace: string | undefined): string {
  const unique = [...new Map(kinds.map((kind) => [`${kind.group}/${kind.resource}`, kind])).values()]
  if (namespace === undefined) return roleText('ClusterRole', rulesOf(unique, 'list'))
  const wide = unique.filter((kind) => !kind.namespaced)
  const clusterRules = [
    ...rulesOf(
      wide.filter((kind) => kind.resource !== 'namespaces'),
      'list'
    ),
    `- apiGroups: [""]\n  resources: [namespaces]\n  resourceNames: [${namespace}]\n  verbs: [get]\n`
  ]
  const own = rulesOf(
    unique.filter((kind) => kind.namespaced),
    'list'
  )
  return `${roleText('Role', own, namespace)}---\n${roleText('ClusterRole', clusterRules)}`
}

function rulesOf(kinds: readonly ListedKind[], verb: string): string[] {
  return [...Map.groupBy(kinds, ({ group }) => group)].map(([group, ofGroup]) => {
    const resources = ofGroup.map(({ resource }) => resource).toSorted()
    return `- apiGroups: [${JSON.stringify(group)}]\n  resources: [${resources.join(', ')}]\n  verbs: [${verb}]\n`
  })
}

function roleText(kind: 'Role' | 'ClusterRole', rules: readonly string[], namespace?: string): string {
  const where = namespace === undefined ? '' : `\n  namespace: ${namespace}`
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: holdfast-scan${where}
rules:
${rules.join('')}`
}
