import type { SpreadConstraint } from './pod.ts'
import { isObject } from './shape.ts'
import { zoneKey } from './spread.ts'

/** As much of constraints as is enough to know them again. */
export function markOf(constraints: readonly SpreadConstraint[]): object[] {
  return constraints.map(({ topologyKey, whenUnsatisfiable }) => ({ topologyKey, whenUnsatisfiable }))
}

/** Whether the constraints of a mark were over zones too, or there is none. */
export function wereZoned(mark: unknown): boolean {
  return !Array.isArray(mark) || mark.some((one) => isObject(one) && one['topologyKey'] === zoneKey)
}
