/** What V8 takes for a value, its index entries included, by measurements of Deployments, budgets and Services; bytes. */
const perValue = 48

/**
 * The memory that a JSON value takes once it is kept and indexed, in bytes, to within a factor of two. It stops counting beyond `most`, so
 * its cost is bounded as well.
 */
export function sizeOf(value: unknown, most = Infinity): number {
  let size = perValue
  if (typeof value === 'string') return size + value.length
  if (typeof value !== 'object' || value === null) return size
  for (const [key, below] of Object.entries(value)) {
    if (size > most) break
    size += (Array.isArray(value) ? 0 : key.length) + sizeOf(below, most - size)
  }
  return size
}
