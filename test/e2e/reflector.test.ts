import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import tap, { type Test } from 'tap'
import { type Api, openApi } from '../../src/cluster/api/api.ts'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { ObjectStore } from '../../src/inventory/object-store.ts'
import {
  type Problem,
  type Reflector,
  type ReflectorOptions,
  startReflector
} from '../../src/cluster/reflector/reflector.ts'
import { isObject } from '../../src/kube/shape.ts'
import { compact } from '../support/cluster-compact.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { openRelay, type Relay } from '../support/cluster-relay.ts'
import { openTwin } from '../support/cluster-twin.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const all = '/api/v1/configmaps'
const namespaced = '/api/v1/namespaces/default/configmaps'
const scaledObjects = '/apis/keda.sh/v1alpha1/scaledobjects'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** Each fact is to be right again within this. */
const seconds = 60

type Content = Readonly<Record<string, string>>

interface Reflection {
  reflector: Reflector
  content: () => Content
  problems: Problem[]
}

async function openProductApi(t: Test, kubeconfig: string): Promise<Api> {
  const api = await openApi({ kubeconfig, environment: {}, userAgent: 'holdfast/test' })
  if (api === undefined) throw new Error('no kubeconfig')
  t.teardown(() => api.close())
  return api
}

/** The same way, by a port that can be frozen or led elsewhere. */
async function openRelayedApi(t: Test, plane: ControlPlane): Promise<{ api: Api; relay: Relay }> {
  const relay = await openRelay(t, Number(new URL(plane.url).port))
  const text = readFileSync(plane.kubeconfigOf('admin'), 'utf8')
  const config = text.replaceAll(plane.url, `https://127.0.0.1:${relay.port}`)
  return { api: await openProductApi(t, join(t.testdir({ config }), 'config')), relay }
}

/** The same way, with every page of a list and every watch counted. */
function counted(api: Api): { api: Api; asked: { lists: number; watches: number } } {
  const asked = { lists: 0, watches: 0 }
  const count = (what: keyof typeof asked): void => void (asked[what] += 1)
  return {
    asked,
    api: {
      send: (call) => (count('lists'), api.send(call)),
      pieces: (stream) => (count('lists'), api.pieces(stream)),
      lines: (stream) => (count('watches'), api.lines(stream)),
      close: () => api.close()
    }
  }
}

function valueOf(object: unknown): string {
  const data = isObject(object) ? object['data'] : undefined
  const value = isObject(data) ? data['value'] : undefined
  return typeof value === 'string' ? value : ''
}

function reflect(t: Test, api: Api, options: Partial<ReflectorOptions<string>> = {}): Reflection {
  const store = new ObjectStore<string>()
  const problems: Problem[] = []
  const onProblem = (problem: Problem) => problems.push(problem)
  const query = { labelSelector: 'test=reflector' }
  const reflector = startReflector({ api, path: all, query, transform: valueOf, store, onProblem, ...options })
  t.teardown(() => reflector.stop())
  return { reflector, problems, content: () => Object.fromEntries(store.entries()) }
}

function write(api: Api, name: string, value: string, method: 'POST' | 'PUT' = 'POST'): Promise<unknown> {
  const metadata = { name, labels: { test: 'reflector' } }
  const path = method === 'POST' ? namespaced : `${namespaced}/${name}`
  return api.send({ method, path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } } })
}

function erase(api: Api, name: string): Promise<unknown> {
  return api.send({ method: 'DELETE', path: `${namespaced}/${name}`, body: {} })
}

async function becomes(t: Test, { content, problems }: Reflection, expected: Content): Promise<void> {
  const began = performance.now()
  const details = () => JSON.stringify({ content: content(), problems: problems.map(({ error }) => String(error)) })
  await waitFor({ what: 'the content', seconds, details }, async () =>
    isDeepStrictEqual({ ...content() }, { ...expected }) ? true : undefined
  )
  t.pass(`right after ${Math.round(performance.now() - began)} ms`)
}

async function testOrdinary(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openProductApi(t, plane.kubeconfigOf('admin'))
  const names = Array.from({ length: 1100 }, (_value, index) => `many-${index}`)
  while (names.length > 0) await Promise.all(names.splice(0, 50).map((name) => write(api, name, 'many')))
  const reflection = reflect(t, api)
  await reflection.reflector.firstSync
  t.equal(Object.keys(reflection.content()).length, 1100, 'all pages of the list')
  const query = { labelSelector: 'test=reflector' }
  await api.send({ method: 'DELETE', path: namespaced, query, body: {} })
  await becomes(t, reflection, {})
  await write(api, 'a', '1')
  await write(api, 'a', '2', 'PUT')
  await write(api, 'b', 'ü€😀')
  await becomes(t, reflection, { 'default/a': '2', 'default/b': 'ü€😀' })
  await erase(api, 'a')
  await becomes(t, reflection, { 'default/b': 'ü€😀' })
  await erase(api, 'b')
  t.strictSame(reflection.problems, [])
}

function isGone({ error }: Problem): boolean {
  return error instanceof ApiError && error.status === 410
}

const few = Array.from({ length: 300 }, (_value, index) => `few-${index}`)

async function writeFew(api: Api): Promise<void> {
  await Promise.all(few.map((name) => write(api, name, 'few')))
}

/** A few hundred objects, all of them known and the last of them by a watch. */
async function watchFew(t: Test, api: Api, reflection: Reflection): Promise<Content> {
  await writeFew(api)
  const written = Object.fromEntries(few.map((name) => [`default/${name}`, 'few']))
  await becomes(t, reflection, written)
  await write(api, 'few-0', 'watched', 'PUT')
  const known = { ...written, 'default/few-0': 'watched' }
  await becomes(t, reflection, known)
  return known
}

async function eraseFew(api: Api): Promise<void> {
  await Promise.all(few.map((name) => erase(api, name)))
}

/**
 * An API server begins to remember when it starts, and answers 410 to what is older, though etcd has it still
 * (k8s.io/apiserver, pkg/storage/cacher/watch_cache.go, getAllEventsSinceLocked, v0.36.3). So where one is all there is, it takes a list
 * as soon as anything was written since the last event; and not another.
 */
async function testRestart(t: Test, plane: ControlPlane): Promise<void> {
  const plain = await openProductApi(t, plane.kubeconfigOf('admin'))
  const { api, asked } = counted(plain)
  const reflection = reflect(t, api)
  const known = await watchFew(t, plain, reflection)
  await plane.component('kube-apiserver').stop(0)
  await waitFor({ what: 'a failed watch', seconds }, async () => (reflection.problems.length > 1 ? true : undefined))
  t.match(reflection.problems, [{ in: 'watch' }, { in: 'watch', error: { code: 'ECONNREFUSED' } }])
  t.strictSame(reflection.content(), known, 'what was known stays')
  asked.lists = 0
  await plane.restart('kube-apiserver')
  await erase(plain, 'few-0')
  await write(plain, 'c', '1')
  const { 'default/few-0': _gone, ...others } = known
  await becomes(t, reflection, { ...others, 'default/c': '1' })
  const gone = reflection.problems.filter(isGone).length
  t.comment(`the server answered 410 to ${gone} watches; pages of lists made afterwards: ${asked.lists}`)
  t.equal(asked.lists, gone)
  t.ok(gone <= 1)
  await erase(plain, 'c')
  await write(plain, 'few-0', 'few')
  await eraseFew(plain)
}

async function testTwin(t: Test, plane: ControlPlane): Promise<void> {
  const twinPort = await openTwin(t, plane)
  const direct = await openProductApi(t, plane.kubeconfigOf('admin'))
  const { api: relayed, relay } = await openRelayedApi(t, plane)
  const { api, asked } = counted(relayed)
  const reflection = reflect(t, api)
  const known = await watchFew(t, direct, reflection)
  const before = { ...asked }
  relay.lead(twinPort)
  await plane.component('kube-apiserver').stop(0)
  await waitFor({ what: 'another watch', seconds }, async () => (asked.watches > before.watches ? true : undefined))
  await write(relayed, 'c', '1')
  await erase(relayed, 'few-0')
  const { 'default/few-0': _gone, ...others } = known
  await becomes(t, reflection, { ...others, 'default/c': '1' })
  const lists = asked.lists - before.lists
  t.comment(`pages of lists made afterwards: ${lists}; of watches: ${asked.watches - before.watches}`)
  t.equal(lists, 0)
  t.ok(reflection.reflector.freshness < 10_000)
  await plane.restart('kube-apiserver')
  await erase(direct, 'c')
  await write(direct, 'few-0', 'few')
  await eraseFew(direct)
}

async function testFrozen(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openProductApi(t, plane.kubeconfigOf('admin'))
  const reflection = reflect(t, api, { timings: { quietMs: 2000 } })
  await write(api, 'a', '1')
  await becomes(t, reflection, { 'default/a': '1' })
  const server = plane.component('kube-apiserver')
  server.signal('SIGSTOP')
  t.teardown(() => server.signal('SIGCONT'))
  await waitFor({ what: 'a failure', seconds }, async () => (reflection.problems.length > 0 ? true : undefined))
  t.match(String(reflection.problems[0]?.error), /no sign of life within 2 s|Connect Timeout Error/)
  t.ok(reflection.reflector.freshness > 2000, 'it says how old its facts are')
  t.strictSame(reflection.content(), { 'default/a': '1' })
  server.signal('SIGCONT')
  await write(api, 'b', '1')
  await erase(api, 'a')
  await becomes(t, reflection, { 'default/b': '1' })
  await erase(api, 'b')
}

/** Nothing gets through for a while, and then the server no longer knows what happened meanwhile. */
async function testCompacted(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openProductApi(t, plane.kubeconfigOf('admin'))
  const { api: relayed, relay } = await openRelayedApi(t, plane)
  const reflection = reflect(t, relayed, { timings: { quietMs: 2000, longestMs: 2000 } })
  await write(api, 'a', '1')
  await becomes(t, reflection, { 'default/a': '1' })
  relay.freeze()
  await waitFor({ what: 'a silence', seconds }, async () => (reflection.problems.length > 0 ? true : undefined))
  await erase(api, 'a')
  await write(api, 'b', '1')
  await plane.component('kube-apiserver').stop(0)
  await compact(plane)
  await plane.restart('kube-apiserver')
  await write(api, 'c', '1')
  t.strictSame(reflection.content(), { 'default/a': '1' })
  relay.thaw()
  await becomes(t, reflection, { 'default/b': '1', 'default/c': '1' })
  t.equal(reflection.problems.filter(isGone).length, 1, 'the server said that it no longer knows')
  await erase(api, 'b')
  await erase(api, 'c')
}

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: { plural: 'scaledobjects', singular: 'scaledobject', kind: 'ScaledObject' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
      }
    ]
  }
}

/** A resource that is not installed, then is, and then no longer. */
async function testAbsent(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openProductApi(t, plane.kubeconfigOf('admin'))
  const timings = { absentMs: 500, longestMs: 2000 }
  const reflection = reflect(t, api, { path: scaledObjects, query: {}, optional: true, timings })
  const { reflector } = reflection
  await reflector.firstSync
  t.ok(reflector.absent)
  await api.send({ method: 'POST', path: definitions, body: definition })
  await waitFor({ what: 'the resource', seconds }, async () => (reflector.absent ? undefined : true))
  const object = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'a' }, data: { value: '1' } }
  await api.send({ method: 'POST', path: '/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects', body: object })
  await becomes(t, reflection, { 'default/a': '1' })
  await api.send({ method: 'DELETE', path: `${definitions}/scaledobjects.keda.sh`, body: {} })
  await waitFor({ what: 'its absence', seconds }, async () => (reflector.absent ? true : undefined))
  await becomes(t, reflection, {})
}

/** The versions after the backup will be given again, to other changes: a watch from one of them would miss those. */
async function testRestored(t: Test, plane: ControlPlane): Promise<void> {
  const plain = await openProductApi(t, plane.kubeconfigOf('admin'))
  const { api, asked } = counted(plain)
  const [data, backup] = ['etcd', 'etcd-backup'].map((name) => join(plane.directory, name)) as [string, string]
  const stop = async (): Promise<void> => {
    await plane.component('kube-apiserver').stop(0)
    await plane.component('etcd').stop()
  }
  const start = async (): Promise<void> => {
    await plane.restart('etcd')
    await plane.restart('kube-apiserver')
  }
  await write(plain, 'a', '1')
  await stop()
  cpSync(data, backup, { recursive: true })
  await start()
  const reflection = reflect(t, api, { timings: { quietMs: 2000, longestMs: 2000 } })
  await becomes(t, reflection, { 'default/a': '1' })
  await writeFew(plain)
  await eraseFew(plain)
  await erase(plain, 'a')
  await write(plain, 'b', '1')
  await becomes(t, reflection, { 'default/b': '1' })
  asked.lists = 0
  await stop()
  rmSync(data, { recursive: true })
  cpSync(backup, data, { recursive: true })
  await start()
  await becomes(t, reflection, { 'default/a': '1' })
  t.match(reflection.problems.at(-1), { in: 'watch', error: { status: 504, causes: ['ResourceVersionTooLarge'] } })
  t.equal(asked.lists, 2, 'the question whether the server knows the version, and a list')
  await erase(plain, 'a')
  await becomes(t, reflection, {})
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('what is there, and what happens to it', (t) => testOrdinary(t, plane))
  await tap.test('a resource that comes and goes', (t) => testAbsent(t, plane))
  await tap.test('an API server that ends and starts again', (t) => testRestart(t, plane))
  await tap.test('an API server that ends while another goes on', (t) => testTwin(t, plane))
  await tap.test('an API server that stands still', (t) => testFrozen(t, plane))
  await tap.test('a network that was lost for longer than the server remembers', (t) => testCompacted(t, plane))
  await tap.test('an etcd that is restored from a backup', (t) => testRestored(t, plane))
}
