import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parse } from 'yaml'
import { isObject } from '../../kube/shape.ts'

/** What other tools make manifests of: folders, relative to the working directory. */
export interface Sources {
  /** Folders with a Chart.yaml whose templates are among the files. */
  charts: readonly string[]
  /** Folders with a kustomization. */
  kustomizations: readonly string[]
  /** Files that are no objects by themselves: templates of charts, and patches of kustomizations. */
  leftAlone: ReadonlySet<string>
  /** Files that a kustomization takes in: they are part of what it renders. */
  resources: ReadonlySet<string>
}

const kustomizationFiles = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
/** Of a kustomization, what changes objects or makes them, and is none. */
const changing = [
  'patchesStrategicMerge',
  'patchesJson6902',
  'patches',
  'replacements',
  'configurations',
  'crds',
  'openapi'
]
const making = ['generators', 'transformers', 'validators']
const taking = ['resources', 'bases', 'components']

/** Finds charts and kustomizations among files. Paths are relative to the working directory, with `/`. */
export function findSources(files: readonly string[], exists: (path: string) => boolean = existsSync): Sources {
  const charts = new Set<string>()
  const kustomizations = new Set<string>()
  const leftAlone = new Set<string>()
  const resources = new Set<string>()
  const known = new Map<string, boolean>()
  const isThere = (path: string) => {
    const found = known.get(path) ?? exists(path)
    known.set(path, found)
    return found
  }
  for (const file of files) {
    const chart = chartOf(file, isThere)
    if (chart !== undefined) {
      charts.add(chart)
      leftAlone.add(file)
    }
  }
  for (const folder of new Set(files.map((file) => posix.dirname(file)))) {
    const file = kustomizationFiles.map((name) => posix.join(folder, name)).find(isThere)
    if (file === undefined || chartOf(file, isThere) !== undefined) continue
    kustomizations.add(folder)
    leftAlone.add(file)
    const said = readKustomization(file)
    for (const path of [...namedIn(said, changing), ...namedIn(said, making)]) leftAlone.add(posix.join(folder, path))
    for (const path of namedIn(said, taking)) resources.add(posix.join(folder, path))
  }
  return { charts: outermost(charts), kustomizations: [...kustomizations].toSorted(), leftAlone, resources }
}

/** The folder of the chart that a file is a template of. */
function chartOf(file: string, isThere: (path: string) => boolean): string | undefined {
  const parts = file.split('/')
  for (const [index, part] of parts.entries()) {
    if (part !== 'templates' || index === parts.length - 1) continue
    const folder = parts.slice(0, index).join('/')
    if (isThere(posix.join(folder, 'Chart.yaml'))) return folder === '' ? '.' : folder
  }
  return undefined
}

/** A chart within the `charts` of another is rendered with that one. */
function outermost(charts: ReadonlySet<string>): readonly string[] {
  const isWithin = (chart: string) =>
    [...charts].some((other) => chart.startsWith(other === '.' ? 'charts/' : `${other}/charts/`))
  return [...charts].filter((chart) => !isWithin(chart)).toSorted()
}

/** What cannot be read says nothing: kustomize will tell. */
function readKustomization(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { logLevel: 'silent', uniqueKeys: false })
  } catch {
    return {}
  }
}

/** The paths in some lists of a kustomization: plain texts, or the `path` of an entry. A text of several lines is a patch itself. */
function namedIn(said: unknown, keys: readonly string[]): string[] {
  if (!isObject(said)) return []
  return keys.flatMap((key) => {
    const value = said[key]
    return (Array.isArray(value) ? value : [value]).flatMap((entry: unknown) => {
      const path = isObject(entry) ? entry['path'] : entry
      return typeof path === 'string' && !path.includes('\n') && !path.includes('://') ? [path] : []
    })
  })
}
