import { groupOf } from '../kube/workload-key.ts'
import type { Result } from './report.ts'

/**
 * What makes two results the same although lines moved and texts changed: `min-replicas apps/Deployment shop/web` or
 * `readiness-probe apps/Deployment shop/web web`. The last word is the container, if there is one. Neither numbers nor positions count.
 */
export function identityOf({ policy, object: { apiVersion, kind, namespace, name }, container }: Result): string {
  const group = groupOf(apiVersion)
  const of = `${policy} ${group === '' ? '' : `${group}/`}${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
  return container === '' ? of : `${of} ${container}`
}
