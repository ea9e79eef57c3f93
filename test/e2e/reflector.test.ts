import { readFileSync } from 'node:fs'
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
import { openRelay } from '../support/cluster-relay.ts'
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

async function testRestart(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openProductApi(t, plane.kubeconfigOf('admin'))
  const reflection = reflect(t, api)
  await write(api, 'a', '1')
  await write(api, 'b', '1')
  await becomes(t, reflection, { 'default/a': '1', 'default/b': '1' })
  await plane.component('kube-apiserver').stop(0)
  await waitFor({ what: 'a failed list', seconds }, async () =>
    reflection.problems.some((problem) => problem.in === 'list') ? true : undefined
  )
  t.strictSame(reflection.content(), { 'default/a': '1', 'default/b': '1' }, 'what was known stays')
  await plane.restart('kube-apiserver')
  await erase(api, 'a')
  await write(api, 'c', '1')
  await becomes(t, reflection, { 'default/b': '1', 'default/c': '1' })
  await erase(api, 'b')
  await erase(api, 'c')
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
  const relay = await openRelay(t, Number(new URL(plane.url).port))
  const text = readFileSync(plane.kubeconfigOf('admin'), 'utf8')
  const config = text.replaceAll(plane.url, `https://127.0.0.1:${relay.port}`)
  const relayed = await openProductApi(t, join(t.testdir({ config }), 'config'))
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
  const gone = reflection.problems.filter(({ error }) => error instanceof ApiError && error.status === 410)
  t.equal(gone.length, 1, 'the server said that it no longer knows')
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

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('what is there, and what happens to it', (t) => testOrdinary(t, plane))
  await tap.test('a resource that comes and goes', (t) => testAbsent(t, plane))
  await tap.test('an API server that ends and starts again', (t) => testRestart(t, plane))
  await tap.test('an API server that stands still', (t) => testFrozen(t, plane))
  await tap.test('a network that was lost for longer than the server remembers', (t) => testCompacted(t, plane))
}
