import { setImmediate as nextTurn } from 'node:timers/promises'
import { posix, relative, resolve, sep } from 'node:path'
import { type Kind, allKinds, kinds } from '../../kube/kinds.ts'
import { copyOfObject } from '../../kube/json.ts'
import { isObject, type JsonObject } from '../../kube/shape.ts'
import { groupOf } from '../../kube/workload-key.ts'
import type { SetObject } from '../../inventory/object-set.ts'
import { findFiles, type SkippedFor } from '../../manifests/find-files.ts'
import { loadText, standardInput } from '../../manifests/load.ts'
import { type Manifest, readManifests } from '../../manifests/read.ts'
import type { Incomplete, Location, ReportedObject } from '../../report/report.ts'
import { findSources, type Sources } from './left-alone.ts'
import { renderSource, type Rendered } from './render.ts'

/** An object of a file. Its value says its namespace; that of the manifest is as the file has it. */
export interface LookObject extends SetObject {
  manifest: Manifest
  object: ReportedObject
  /** What Holdfast knows of its kind; undefined for a kind that it does not know. */
  kind: Kind | undefined
  /** Whether the file has the text of it: what is rendered has none. */
  isWritten: boolean
  locate: (field: string) => Location
}

/** Everything that was given, read. */
export interface ReadSet {
  /** How many files were read. */
  files: number
  objects: readonly LookObject[]
  /** The text of each file, as it was read; what is rendered has none. */
  texts: ReadonlyMap<string, string>
  incomplete: readonly Incomplete[]
  /** For people: what was left alone, and what to do about it. */
  notes: readonly string[]
  /** What only those hear who ask for more. */
  details: readonly string[]
}

export interface ReadOptions {
  cwd: string
  /** Files and folders that are not read, by their paths relative to the working directory. */
  isExcluded: (path: string) => boolean
  /** Of objects that say none. */
  namespace: string
  /** Runs Helm and kubectl where charts and kustomizations are found. */
  render: boolean
  /** The name of the command, as it is told to people. */
  command: string
}

/** Reads the objects of files and folders, and of standard input for `-`. Never throws for what is in them. */
export async function readSet(paths: readonly string[], options: ReadOptions): Promise<ReadSet> {
  const { cwd, isExcluded, render } = options
  const found = await findFiles(paths.length === 0 ? ['.'] : paths, { isExcluded })
  const shown = new Map(found.files.map((file) => [shownPath(file, cwd), file]))
  const sources = findSources([...shown.keys()].filter((file) => file !== standardInput))
  const set = new Gathered(options)
  for (const { file, problem } of found.problems) set.incomplete.push({ file: shownPath(file, cwd), problem })
  for (const [file, path] of shown) {
    if (sources.leftAlone.has(file) || (render && isTakenIn(file, sources))) continue
    const loaded = await loadText(path)
    // A signal is heard in between.
    await nextTurn()
    if ('text' in loaded) set.addText(loaded.text, { file })
    else set.addUnreadable({ file, ...loaded })
  }
  if (render) {
    for (const source of renderable(sources)) {
      const rendered = await renderSource(source, cwd)
      if ('problem' in rendered) set.incomplete.push(rendered)
      else set.addText(rendered.text, rendered)
    }
  } else {
    set.notes.push(...notesOn(sources, options.command))
  }
  set.details.push(...found.skipped.map(skippedText))
  if (set.objects.length === 0 && set.incomplete.length === 0) {
    const file = paths.length === 1 && paths[0] !== undefined ? paths[0] : '.'
    set.incomplete.push({ file, problem: 'no Kubernetes object found' })
  }
  return set
}

class Gathered implements ReadSet {
  files = 0
  readonly objects: LookObject[] = []
  readonly texts = new Map<string, string>()
  readonly incomplete: Incomplete[] = []
  readonly notes: string[] = []
  readonly details: string[] = []
  readonly #namespace: string

  constructor({ namespace }: ReadOptions) {
    this.#namespace = namespace
  }

  addUnreadable(unreadable: Incomplete): void {
    this.files++
    this.incomplete.push(unreadable)
  }

  addText(text: string, from: { file: string; fileOf?: Rendered['fileOf'] }): void {
    this.files++
    if (from.fileOf === undefined) this.texts.set(from.file, text)
    const { manifests, problems, skipped } = readManifests(text)
    for (const { line, problem } of problems) {
      this.incomplete.push({ file: from.file, ...(line !== undefined && { line }), problem })
    }
    for (const { line, reason } of skipped) {
      const place = `${from.file}:${line}`
      if (reason === 'template') this.notes.push(`${place}: a template, which is not judged; render it first`)
      else if (reason === 'ignored') this.notes.push(`${place}: follows a line with ..., so kubectl does not read it`)
      else this.details.push(`${place}: not a Kubernetes object`)
    }
    for (const manifest of manifests) {
      const added = toLookObject(manifest, from, this.#namespace)
      const note = noteOn(added)
      if (note !== undefined) this.notes.push(note)
      this.objects.push(added)
    }
  }
}

/** An object of a file, with the namespace that it gets where it says none. */
export function toLookObject(
  manifest: Manifest,
  { file: given, fileOf }: { file: string; fileOf?: Rendered['fileOf'] },
  namespace: string
): LookObject {
  const { apiVersion = '', kind = '' } = texts(manifest.value)
  const known = allKinds.find((one) => one.kind === kind && one.group === groupOf(apiVersion))
  const value = withNamespace(manifest.value, known?.namespaced === false ? undefined : namespace)
  const metadata = isObject(manifest.value['metadata']) ? texts(manifest.value['metadata']) : {}
  const { name = metadata['generateName'] === undefined ? '' : `${metadata['generateName']}*` } = metadata
  const file = fileOf?.(manifest) ?? given
  return {
    value,
    file,
    manifest,
    object: { apiVersion, kind, namespace: metadata['namespace'] ?? '', name },
    kind: known,
    isWritten: fileOf === undefined,
    // What is rendered stands nowhere: the source that it comes from is named.
    locate: fileOf === undefined ? (field) => locationOf(file, manifest, field) : () => ({ file, ...firstLine })
  }
}

const firstLine = { line: 1, column: 1, endLine: 1, endColumn: 1 }

function locationOf(file: string, manifest: Manifest, field: string): Location {
  const { start, end } = manifest.locate(field)
  return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column }
}

/** The fields that are texts. */
function texts(object: JsonObject): Partial<Record<string, string>> {
  const entries = Object.entries(object).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))
  return Object.fromEntries(entries)
}

/** A copy, which judging may edit, with the namespace that the object gets where it says none. */
function withNamespace(value: JsonObject, namespace: string | undefined): JsonObject {
  const copy = copyOfObject(value)
  if (namespace === undefined) return copy
  const metadata = (copy['metadata'] ??= {})
  if (isObject(metadata) && (metadata['namespace'] ?? '') === '') metadata['namespace'] = namespace
  return copy
}

/** Versions of a kind that the API server still serves, and shows in the version that is judged. */
const alsoServed: ReadonlySet<string> = new Set(['autoscaling/v1/HorizontalPodAutoscaler'])

/** Whether admission would see the object in the version that is judged. */
export function isServed({ kind, object: { apiVersion } }: Pick<LookObject, 'kind' | 'object'>): boolean {
  if (kind === undefined) return false
  const { group, version } = kind
  return apiVersion === (group === '' ? version : `${group}/${version}`) || alsoServed.has(`${apiVersion}/${kind.kind}`)
}

/** What to say of an object that looks like one of ours, and is not judged. */
function noteOn(added: LookObject): string | undefined {
  const { object, file, manifest } = added
  const place = () => `${file}:${manifest.locate('').start.line}`
  const { apiVersion, kind: name } = object
  const kind = added.kind ?? (apiVersion.startsWith('extensions/') ? kindNamed(name) : undefined)
  if (kind?.parse === undefined) return undefined
  if (!isServed({ kind, object })) {
    const current = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
    return `${place()}: ${apiVersion} ${name} is not judged: no supported API server serves it; write ${current}`
  }
  return object.name === '' ? `${place()}: a ${name} without a name is not judged` : undefined
}

function kindNamed(name: string): Kind | undefined {
  return Object.values(kinds).find(({ kind }) => kind === name)
}

function renderable({ charts, kustomizations, resources }: Sources) {
  return [
    ...charts.map((folder) => ({ tool: 'helm' as const, folder })),
    // One that another takes in is a part of what that one renders.
    ...kustomizations.filter((folder) => !resources.has(folder)).map((folder) => ({ tool: 'kubectl' as const, folder }))
  ]
}

function isTakenIn(file: string, { resources, kustomizations }: Sources): boolean {
  if (resources.has(file)) return true
  const folder = posix.dirname(file)
  // A folder without a kustomization of its own is none that can be taken in.
  return resources.has(folder) && !kustomizations.includes(folder)
}

function notesOn({ charts, kustomizations, resources }: Sources, command: string): string[] {
  return [
    ...charts.map(
      (folder) => `${folder}: a chart, whose templates are left alone; try: helm template ${folder} | ${command} -`
    ),
    ...kustomizations
      .filter((folder) => !resources.has(folder))
      .map((folder) => {
        return `${folder}: a kustomization, whose patches are left alone; try: kubectl kustomize ${folder} | ${command} -`
      })
  ]
}

const reasons: Readonly<Record<SkippedFor, string>> = {
  hidden: 'hidden, so it is not read',
  node_modules: 'not read',
  excluded: 'excluded by the configuration',
  'a link out of the folder': 'a link that leads out of the folder, so it is not followed'
}

function skippedText({ path, reason }: { path: string; reason: SkippedFor }): string {
  return `${path}: ${reasons[reason]}`
}

/** A path as reports have it: relative to the working directory, with `/`. */
export function shownPath(path: string, cwd: string): string {
  if (path === standardInput) return path
  const shown = relative(cwd, resolve(cwd, path)) || '.'
  return sep === '/' ? shown : shown.split(sep).join('/')
}
