const imported = /^import \{ \w+ \} from '\.\/([a-z-]+)\.ts'$/
const listed = /(?<=: readonly Policy\[\] = \[\n)[\s\S]*?(?=\n\])/

/** The text of src/policies/index.ts with one policy more: at the end, or after another. Undefined: that other is not in it. */
export function listWith(text: string, id: string, after?: string): string | undefined {
  const names = (listed.exec(text)?.[0] ?? '').split(',').map((name) => name.trim())
  const at = after === undefined ? names.length : names.indexOf(nameOf(after)) + 1
  if (at === 0) return undefined
  const longer = names.toSpliced(at, 0, nameOf(id)).map((name) => `  ${name}`)
  return withImport(text, id).replace(listed, longer.join(',\n'))
}

/** The name of a policy in code: `minReplicas`. */
export function nameOf(id: string): string {
  return id.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Imports stand in the order of their ids. */
function withImport(text: string, id: string): string {
  const lines = text.split('\n')
  const later = lines.findIndex((line) => (imported.exec(line)?.[1] ?? '') > id)
  const at = later < 0 ? lines.findLastIndex((line) => imported.test(line)) + 1 : later
  return lines.toSpliced(at, 0, `import { ${nameOf(id)} } from './${id}.ts'`).join('\n')
}
