import type { Place } from '../../kube/json.ts'
import { isObject, type JsonObject } from '../../kube/shape.ts'
import { blockLines } from '../../manifests/fragment.ts'
import type { Added } from '../../manifests/edit.ts'
import type { Result } from '../../report/report.ts'

const indentation = { step: 2, listStep: 2 }

/** Lines of YAML. */
export type Snippet = readonly string[]

/** An object whole. */
export function objectSnippet(object: JsonObject): Snippet {
  return blockLines(object, indentation)
}

/** What to add to an object, with the keys and the names of containers that lead there. */
export function additionSnippet(object: unknown, additions: readonly Added[]): Snippet {
  const root = new Branch()
  for (const { place, value } of additions) root.grow(object, place, value)
  return blockLines(root.toValue(), indentation)
}

const set = /^set it to "?([A-Za-z0-9%.]+)"?(?: or more)?(?: if .*)?$/
const use = /^use ([A-Za-z]+): ([A-Za-z0-9%]+)$/

/** What to write by hand about a finding, where its text says it; undefined where that takes more than a value. */
export function decisionSnippet({ field, fix }: Pick<Result, 'field' | 'fix'>): Snippet | undefined {
  const [, value] = set.exec(fix) ?? []
  const [, key, other] = use.exec(fix) ?? []
  const path = key === undefined ? field : field.replace(/[^.]+$/, key)
  const shown = value ?? other
  if (shown === undefined || !/^[A-Za-z]+(?:\[name=[^\]]+\])?(?:\.[A-Za-z]+(?:\[name=[^\]]+\])?)*$/.test(path))
    return undefined
  const leaf: unknown = /^\d+$/.test(shown) ? Number(shown) : shown === 'true' ? true : shown
  const nested = path.split('.').reduceRight<unknown>((child, part) => {
    const [, name = part, item] = /^([A-Za-z]+)\[name=(.+)\]$/.exec(part) ?? []
    const inner = item === undefined ? child : [{ name: item, ...(isObject(child) && child) }]
    return { [name]: inner }
  }, leaf)
  return blockLines(nested, indentation)
}

/** A part of an object that holds nothing but additions. */
class Branch {
  readonly #children = new Map<string, Branch>()
  #item: unknown
  #value: unknown
  #isList = false

  /** Adds a value below this part, which is `present` in the object. */
  grow(present: unknown, [token, ...rest]: Place, value: unknown): void {
    if (token === undefined) {
      this.#value = value
      return
    }
    this.#isList = typeof token === 'number'
    const key = String(token)
    const child = this.#children.get(key) ?? new Branch()
    this.#children.set(key, child)
    const below: unknown = Array.isArray(present) || isObject(present) ? Reflect.get(present, token) : undefined
    if (this.#isList) child.#item = isObject(below) ? below['name'] : undefined
    child.grow(below, rest, value)
  }

  toValue(): unknown {
    if (this.#children.size === 0) return this.#value
    const entries = [...this.#children].map(([key, child]) => [key, child.toValue()] as const)
    if (this.#isList) return entries.map(([, value]) => value)
    return { ...(this.#item !== undefined && { name: this.#item }), ...Object.fromEntries(entries) }
  }
}
