import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const notOurs: ReadonlySet<string> = new Set(['node_modules', 'dist', 'dev-certs'])

/** Every file below a folder of the project, by its path from the top; hidden files, and what npm or a build makes, are left out. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries
    .filter(({ name }) => !name.startsWith('.') && !notOurs.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : [path]
    })
    .toSorted()
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The path from the top of what `file` names relative to itself. */
export function besides(file: string, name: string): string {
  return relative(root, resolve(root, dirname(file), name))
}

export interface Import {
  from: string
  /** Gone by the time the code runs. */
  typeOnly: boolean
}

const statement = /^(?:import|export)\s+(?:(type)\s)?(?:([^'";]*?)\sfrom\s)?\s*'([^']+)'/gm
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g

/** All that a source file imports or passes on, and where it says so at run time. */
export function importsOf(file: string): Import[] {
  const source = textOf(file)
  const stated = [...source.matchAll(statement)].map(([, type, , from = '']) => ({ from, typeOnly: type === 'type' }))
  const asked = [...source.matchAll(dynamic)].map(([, from = '']) => ({ from, typeOnly: false }))
  return [...stated, ...asked]
}
