const units = new Map<string, readonly [factor: number, per: number]>([
  ['n', [1, 1e9]],
  ['u', [1, 1e6]],
  ['m', [1, 1e3]],
  ['', [1, 1]],
  ...['k', 'M', 'G', 'T', 'P', 'E'].map((unit, index) => [unit, [1000 ** (index + 1), 1]] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, index) => [unit, [1024 ** (index + 1), 1]] as const)
])

const form = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d{1,3}))$/

/**
 * An amount of a resource in its own unit: CPUs, bytes. `500m` is 0.5, `1Gi` is 1073741824 (apimachinery pkg/api/resource/quantity.go).
 * Undefined for what the API server would refuse.
 */
export function parseQuantity(written: unknown): number | undefined {
  if (typeof written === 'number') return written
  if (typeof written !== 'string') return undefined
  const [, number = '', unit = '', exponent] = form.exec(written) ?? []
  if (number === '') return undefined
  if (exponent !== undefined) return Number(`${number}e${exponent}`)
  const [factor, per] = units.get(unit) ?? [1, 1]
  return (Number(number) * factor) / per
}
