const percentage = /^0*[0-9]{1,9}%$/

/**
 * Resolves an IntOrString against `total`, as intstr.GetScaledValueFromIntOrPercent does: an integer is itself, a percentage is
 * rounded as asked. Undefined if the API server would refuse the value (a string that is not `N%`).
 */
export function resolveIntOrPercent(
  value: number | string,
  total: number,
  rounding: 'up' | 'down'
): number | undefined {
  if (typeof value === 'number') return value
  const percent = percentOf(value)
  if (percent === undefined) return undefined
  const exact = (percent * total) / 100
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

/** The N of `N%`, else undefined. */
export function percentOf(value: number | string): number | undefined {
  if (typeof value === 'number' || !percentage.test(value)) return undefined
  return Number(value.slice(0, -1))
}
