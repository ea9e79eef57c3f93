// What kubectl itself, which is written in Go, reads of manifests: of originals the same as Holdfast, of fixed ones the same as the
// webhook would have made of the originals.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'
import { isObject, type JsonObject } from '../../src/kube/shape.ts'
import { setValueAt } from '../../src/kube/json.ts'
import { editManifests } from '../../src/manifests/edit.ts'
import { type Manifest, readManifests } from '../../src/manifests/read.ts'
import { holdfast } from '../commands/process.ts'
import { yamlText } from '../laws/generated-yaml.ts'
import type { Kubectl } from '../support/cluster-kubectl.ts'
import { openKubectl } from '../support/cluster-open.ts'
import { fixedObjects } from '../support/fixed-objects.ts'
import { kubectlReads } from '../support/kubectl-reads.ts'
import { nameOf, writtenInStyles } from './written-in-styles.ts'

const refused = [
  'a:\n  b: 1\n\t\n  c: 2\n',
  'a:\n  b: 1\n  \t\n  c: 2\n',
  'a: 1\n\t# end\n',
  'a:\n  -\tb\n',
  'a: |\n  x\nb: 1\n\t\n',
  'a: "x"\n  \t\nb: 1\n',
  'a: x # one\n  \t\nb: 1\n',
  'a:\n \t\n  b: 1\n',
  'a: [1]\n  \t\nb: 1\n',
  'a: &x [{b: 1}]\nb: {<<: *x}\n',
  'a: {<<: b}\n',
  'a: b: c\n',
  '----\na: 1\n'
]
const nearlyRefused = [
  'a:\t1\t# one\n',
  'a: |\n  x\n  \t\n  y\n',
  'a: x\n  \t\nb: 1\n',
  'a: x\n  \t# one\nb: 1\n',
  'a: "x\n  \t y"\nb: 1\n',
  'a: !!merge b\n',
  'a: 1\n...\n\t# ignored\n',
  'a: &x {b: 1}\nb: {c: 2, <<: [*x]}\n',
  'a: {!!str <<: b, "<<": c}\n',
  '--- # one\n'
]

const local = await openKubectl(t)
if (local !== undefined) {
  await t.test('what fix writes, kubectl reads as the original with the patch of the webhook', (test) => {
    return checkFixed(test, local)
  })
  await t.test('kubectl reads generated YAML as Holdfast does, before an edit and after it', (test) => {
    return checkGenerated(test, local)
  })
  await t.test('what kubectl refuses is a problem for Holdfast, too, and what is nearly that is not', (test) => {
    return checkRefused(test, local)
  })
}

/** Each file is of a namespace of its own, by which kubectl's objects are told apart. */
async function checkFixed(test: Test, kubectl: Kubectl): Promise<void> {
  const files = writtenInStyles()
  const folder = folderOf(test, files, 'styles')
  const original = await kubectlReads(kubectl, folder)
  test.equal(original.problems, '')
  test.ok(original.objects.length > 400, `${original.objects.length} objects`)
  const before = byNamespace(original.objects)
  test.strictSame([...before.keys()], [...files.keys()].map(nameOf).toSorted())
  for (const [file, text] of files) {
    const { manifests, problems } = readManifests(text)
    test.strictSame(problems, [], file)
    test.strictSame(plain(manifests), before.get(nameOf(file)), `Holdfast reads ${file} as kubectl does`)
  }

  const { status, stdout } = holdfast(['fix', '--no-config', '--quiet', folder])
  const unwritten = stdout.match(/^.* not written, .*$/gm) ?? []
  const others = unwritten.filter(
    (line) => !/json: .*: its budget: .* because JSON has no further documents/.test(line)
  )
  test.strictSame([status, others], [1, []], 'files of JSON take no budget, and all else is written')
  const fixed = await kubectlReads(kubectl, folder)
  test.equal(fixed.problems, '')
  const after = byNamespace(fixed.objects)
  for (const [name, expected] of fixedObjects(before)) {
    const old = before.get(name) ?? []
    const kept = name.endsWith('-json') ? expected.slice(0, old.length) : expected
    test.strictSame(after.get(name), kept, `${name} is read as it was to be fixed`)
    test.not(JSON.stringify(kept), JSON.stringify(old), `there is something to fix in ${name}`)
  }
}

function byNamespace(objects: readonly JsonObject[]): Map<string, readonly JsonObject[]> {
  return Map.groupBy(objects, ({ metadata }) => String(isObject(metadata) ? metadata['namespace'] : undefined))
}

/** Without what no JSON has. */
function plain(manifests: readonly Manifest[]): JsonObject[] {
  return JSON.parse(JSON.stringify(manifests.map(({ value }) => value))) as JsonObject[]
}

/** Documents of any shape, with additions to their roots and to the first mapping in them. */
async function checkGenerated(test: Test, kubectl: Kubectl): Promise<void> {
  const texts = fc.sample(yamlText, { numRuns: 200, seed: 1 }).map((text, index) => {
    return text.replace('apiVersion: v1', `apiVersion: v1\nkind: Generated\nmetadata: {name: x${index}}`)
  })
  const files = new Map(texts.map((text, index) => [`${String(index).padStart(3, '0')}.yaml`, text]))
  const value = { deep: [{ text: 'two\nlines', yes: 'yes', number: 35 }] }
  const expected: JsonObject[] = []
  const edited = new Map<string, string>()
  const ours: JsonObject[] = []
  const unedited: string[] = []
  for (const [file, text] of files) {
    const [original] = plain(readManifests(text).manifests)
    if (original === undefined) throw new Error(`${file} is not read:\n${text}`)
    ours.push(original)
    const within = Object.keys(original).find((key) => key !== 'metadata' && isObject(original[key]))
    const places = [['added'], ['metadata', 'added'], ...(within === undefined ? [] : [[within, 'added']])]
    const additions = places.map((place) => ({ place, value }))
    const { text: after, refused: refusals } = editManifests(text, [{ document: 0, at: [], additions }])
    unedited.push(...refusals.map(({ why }) => `${file}: ${why}`))
    edited.set(file, after)
    const patched = structuredClone(original)
    for (const place of places) setValueAt(patched, place, value)
    expected.push(patched)
  }
  test.strictSame(unedited, [])
  const original = await kubectlReads(kubectl, folderOf(test, files, 'original'))
  test.equal(original.problems, '')
  test.strictSame(original.objects, ours)
  const read = await kubectlReads(kubectl, folderOf(test, edited, 'edited'))
  test.equal(read.problems, '')
  test.strictSame(read.objects, expected)
}

async function checkRefused(test: Test, kubectl: Kubectl): Promise<void> {
  const texts = [...refused, ...nearlyRefused].map((text) => `apiVersion: v1\nkind: A\nmetadata: {name: a}\n${text}`)
  const files = new Map(texts.map((text, index) => [`file-${index}.yaml`, text]))
  const { problems } = await kubectlReads(kubectl, folderOf(test, files, 'refused'))
  for (const [index, [file, text]] of [...files].entries()) {
    const isRefused = index < refused.length
    test.equal(problems.includes(`${file}:`), isRefused, `kubectl: ${JSON.stringify(text)}`)
    test.equal(readManifests(text).problems.length, isRefused ? 1 : 0, `Holdfast: ${JSON.stringify(text)}`)
  }
}

function folderOf(test: Test, files: ReadonlyMap<string, string>, name: string): string {
  const folder = join(test.testdir(), name)
  mkdirSync(folder)
  for (const [file, text] of files) writeFileSync(join(folder, file), text)
  return folder
}
