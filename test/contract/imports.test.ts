import t from 'tap'
import { besides, filesBelow, type Import, importsOf, textOf } from './tree.ts'

/** What a folder of src may import: folders, single files, `node:*`, packages. Anywhere also: itself. */
interface Layer {
  atRunTime: readonly string[]
  /** Beside those, as types only. */
  asTypes?: readonly string[]
}

const layers: Readonly<Record<string, Layer>> = {
  kube: { atRunTime: [], asTypes: ['@kubernetes/client-node'] },
  engine: { atRunTime: ['kube'], asTypes: ['inventory'] },
  policies: {
    atRunTime: [
      'engine/api',
      'engine/handler-violation',
      'engine/policy',
      'engine/text',
      'engine/violation',
      'engine/violations-in',
      'kube'
    ],
    asTypes: ['inventory']
  },
  inventory: { atRunTime: ['kube', 'engine/added-parts', 'engine/api', 'engine/companion-wish'] },
  admission: { atRunTime: ['engine', 'kube', 'zod'], asTypes: ['inventory'] },
  companion: {
    atRunTime: ['engine', 'kube', 'cluster/api/api-error', 'cluster/api/backoff', 'prom-client', 'node:*'],
    asTypes: ['cluster', 'inventory', 'pino']
  },
  manifests: { atRunTime: ['kube', 'engine/api', 'yaml', 'node:*'] },
  report: { atRunTime: ['engine', 'kube', 'zod'] },
  config: { atRunTime: ['engine', 'kube', 'zod', 'yaml', 'node:*'] },
  cluster: { atRunTime: ['inventory', 'kube', '@kubernetes/client-node', 'undici', 'node:*'] },
  certificates: {
    atRunTime: [
      'engine/api',
      'kube',
      'cluster/api/api-error',
      'cluster/api/backoff',
      '@peculiar/x509',
      'reflect-metadata',
      'prom-client',
      'node:*'
    ],
    asTypes: ['cluster', 'inventory/object-store', 'pino']
  },
  server: { atRunTime: ['admission', 'engine', 'fastify', 'prom-client', 'node:*'], asTypes: ['cluster', 'pino'] },
  commands: { atRunTime: ['*'] },
  main: { atRunTime: ['commands', 'config', 'engine/nearest', 'node:*'] }
}

const sources = filesBelow('src').filter((file) => file.endsWith('.ts'))

/** `src/engine/policy.ts` is `engine/policy`; `src/config.ts` is of the folder config. */
function moduleOf(file: string): string {
  return file.replace(/^src\//, '').replace(/\.ts$/, '')
}

function layerOf(module: string): string {
  return module.split('/')[0] ?? ''
}

/** What an import names: a module of ours, a package, or `node:*`. */
function targetOf(file: string, { from }: Import): string {
  if (from.startsWith('.')) return moduleOf(besides(file, from))
  return from.startsWith('node:') ? 'node:*' : from
}

function allows(list: readonly string[], target: string): boolean {
  return list.some((entry) => entry === '*' || target === entry || target.startsWith(`${entry}/`))
}

function trespasses(file: string): string[] {
  const own = layerOf(moduleOf(file))
  const { atRunTime, asTypes = [] } = layers[own] ?? { atRunTime: [] }
  return importsOf(file)
    .filter((imported) => {
      const target = targetOf(file, imported)
      if (layerOf(target) === own && imported.from.startsWith('.')) return false
      return !allows(imported.typeOnly ? [...atRunTime, ...asTypes] : atRunTime, target)
    })
    .map(({ from, typeOnly }) => `${file} imports ${typeOnly ? 'a type of ' : ''}${from}`)
}

function dependenciesOf(file: string): string[] {
  return importsOf(file)
    .filter(({ from }) => from.startsWith('.') && from.endsWith('.ts'))
    .map(({ from }) => besides(file, from))
}

/** The first way that leads from a file back to it. */
function cycleFrom(file: string, way: readonly string[] = [], done = new Set<string>()): readonly string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
  if (done.has(file)) return undefined
  done.add(file)
  for (const next of dependenciesOf(file)) {
    const cycle = cycleFrom(next, [...way, file], done)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

void t.test('every folder keeps to its imports', (test) => {
  for (const file of sources) test.ok(layers[layerOf(moduleOf(file))], `${file} is in a folder of the table`)
  test.strictSame(sources.flatMap(trespasses), [])
  test.end()
})

void t.test('a policy imports no other policy', (test) => {
  const policies = sources.filter((file) => file.startsWith('src/policies/') && !file.endsWith('/index.ts'))
  const crossing = policies.filter((file) => dependenciesOf(file).some((name) => name.startsWith('src/policies/')))
  test.not(policies.length, 0)
  test.strictSame(crossing, [])
  test.end()
})

void t.test('only main imports commands', (test) => {
  const others = sources.filter((file) => file !== 'src/main.ts' && !file.startsWith('src/commands/'))
  const callers = others.filter((file) => dependenciesOf(file).some((name) => name.startsWith('src/commands/')))
  test.strictSame(callers, [])
  test.end()
})

void t.test('no file imports itself by way of others', (test) => {
  const done = new Set<string>()
  test.strictSame(
    sources.map((file) => cycleFrom(file, [], done)).filter((cycle) => cycle !== undefined),
    []
  )
  test.end()
})

void t.test('relative imports name the file that is there', (test) => {
  const all = ['src', 'test', 'bench', 'scripts'].flatMap(filesBelow)
  const there = new Set([...all, 'package.json'])
  const relatives = all
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => importsOf(file).map((imported) => ({ file, ...imported })))
    .filter(({ from }) => from.startsWith('.'))
  test.not(relatives.length, 0)
  const astray = relatives.filter(({ file, from }) => !there.has(besides(file, from)))
  test.strictSame(
    astray.map(({ file, from }) => `${file} imports ${from}`),
    []
  )
  test.end()
})

void t.test('nothing is exported by default', (test) => {
  const byDefault = sources.filter((file) => /^export default\b|\bas default\b/m.test(textOf(file)))
  test.strictSame(byDefault, [])
  test.end()
})
