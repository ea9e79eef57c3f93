import { setValueAt, type Token } from '../../src/kube/json.ts'

/** A copy with a value put under the tokens, or taken out from there. */
export function withValueAt(root: unknown, tokens: readonly Token[], value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(root))
  setValueAt(copy, tokens, value)
  return copy
}
