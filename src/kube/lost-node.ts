import type { Taint } from './node.ts'
import { tolerates, type Toleration } from './node-fit.ts'
import type { PodSpec } from './pod.ts'

/** The taints by which pods leave a node that is not ready, or that nobody hears of (kubernetes pkg/controller/nodelifecycle). */
export const lostNodeTaints: readonly Taint[] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map(
  (key) => ({ key, value: '', effect: 'NoExecute' })
)

/** Seconds until the taint comes: node-monitor-grace-period of kube-controller-manager, 40 before 1.32. */
export const secondsUntilLost = 50

/** What a pod gets that has no toleration of its own (kubernetes plugin/pkg/admission/defaulttolerationseconds). */
const defaultSeconds = 300

/** Of several tolerations the first one counts (GetMatchingTolerations in kubernetes pkg/apis/core/v1/helper). */
export function firstToleration(tolerations: readonly Toleration[], taint: Taint): Toleration | undefined {
  return tolerations.find((toleration) => tolerates(toleration, taint))
}

/**
 * How many seconds a pod of this template stays bound to a lost node, at most, once the node has the taint; Infinity for ever. The pod
 * gets its toleration of 300 s unless one of its own names the taint, or every key, whatever its operator and its value.
 */
export function secondsOnLostNode({ tolerations = [] }: PodSpec): number {
  return Math.max(...lostNodeTaints.map((taint) => secondsWith(tolerations, taint)))
}

function secondsWith(tolerations: readonly Toleration[], taint: Taint): number {
  const first = firstToleration(tolerations, taint)
  // The API server takes a negative number, which is 0.
  if (first !== undefined) return Math.max(0, first.tolerationSeconds ?? Infinity)
  const isNamed = tolerations.some(({ key = '', effect = '' }) => {
    return (key === '' || key === taint.key) && (effect === '' || effect === taint.effect)
  })
  return isNamed ? 0 : defaultSeconds
}
