import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns what collects garbage at once. V8 lets the heap of a busy process grow to some times of what it holds, and the process keeps that
 * memory. It is for work that comes every few minutes, where a pause of a tenth of a second is no harm.
 */
export function buildCollectGarbage(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('this Node cannot collect garbage at once')
  return () => void Reflect.apply(collect, undefined, [])
}
