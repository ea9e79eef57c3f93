import type { IncomingMessage, ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { clusterLister } from '../../src/cluster/lister.ts'
import { kinds } from '../../src/kube/kinds.ts'
import { answerJson, openStub, startApiStub } from './api-stub.ts'

type Answer = (query: URLSearchParams, response: ServerResponse) => void

/** What is listed of a collection whose pages are the answers, one after the other, the last one over and over. */
async function listed(
  test: Test,
  answers: readonly Answer[],
  { kind = kinds.Deployment, namespace }: { kind?: typeof kinds.Deployment; namespace?: string } = {}
) {
  const asked: string[] = []
  const answer = ({ url = '' }: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(url, 'https://stub')
    asked.push(`${pathname} ${searchParams.get('continue') ?? ''}`.trim())
    answers[Math.min(asked.length, answers.length) - 1]?.(searchParams, response)
  }
  const api = await openStub(test, (await startApiStub(test, answer)).kubeconfig)
  const objects: unknown[] = []
  const problem = await clusterLister({ api, namespace, firstMs: 1 }).each(kind, (object) => void objects.push(object))
  return { asked, objects, problem }
}

function page(names: readonly string[], next?: string): Answer {
  return (_query, response) => {
    const items = names.map((name) => ({ metadata: { namespace: 'shop', name } }))
    answerJson(response, { metadata: { resourceVersion: '1', continue: next }, items })
  }
}

function status(code: number, more: Record<string, unknown> = {}): Answer {
  return (_query, response) => answerJson(response, { kind: 'Status', code, ...more }, code)
}

function named(...names: readonly string[]): unknown[] {
  return names.map((name) => ({ metadata: { namespace: 'shop', name }, apiVersion: 'apps/v1', kind: 'Deployment' }))
}

void t.test('a list is read page by page, and its objects say their kind', async (test) => {
  const { asked, objects, problem } = await listed(test, [page(['a', 'b'], 'more'), page(['c'])])
  test.strictSame({ objects, problem }, { objects: named('a', 'b', 'c'), problem: undefined })
  test.strictSame(asked, ['/apis/apps/v1/deployments', '/apis/apps/v1/deployments more'])
})

const oneNamespace: Answer = (_query, response) => answerJson(response, { metadata: { name: 'shop' } })

void t.test('one namespace has paths of its own, but for what is in none', async (test) => {
  const inShop = { namespace: 'shop' }
  test.strictSame((await listed(test, [page([])], inShop)).asked, ['/apis/apps/v1/namespaces/shop/deployments'])
  test.strictSame((await listed(test, [page([])], { ...inShop, kind: kinds.Node })).asked, ['/api/v1/nodes'])
  const { asked, objects } = await listed(test, [oneNamespace], { ...inShop, kind: kinds.Namespace })
  test.strictSame(asked, ['/api/v1/namespaces/shop'])
  test.strictSame(objects, [{ metadata: { name: 'shop' }, apiVersion: 'v1', kind: 'Namespace' }])
})

void t.test('a list that expires, or breaks off, begins again and shows nothing twice', async (test) => {
  for (const failure of [status(410, { reason: 'Expired' }), status(503), status(429)]) {
    const { objects, problem } = await listed(test, [page(['a'], 'more'), failure, page(['a', 'b'])])
    test.strictSame({ objects, problem }, { objects: named('a', 'b'), problem: undefined })
  }
})

void t.test('what fails again and again is given up', async (test) => {
  const { asked, problem } = await listed(test, [status(500, { message: 'etcdserver: no leader' })])
  test.equal(asked.length, 4)
  test.equal(problem, '500 etcdserver: no leader')
})

void t.test('what is forbidden names the rule that would allow it', async (test) => {
  const { asked, problem } = await listed(test, [status(403)], { namespace: 'shop' })
  test.equal(asked.length, 1)
  test.equal(
    problem,
    'forbidden in the namespace shop; missing is the rule {apiGroups: ["apps"], resources: [deployments], verbs: [list]}'
  )
  const namespace = await listed(test, [status(403)], { namespace: 'shop', kind: kinds.Namespace })
  test.equal(
    namespace.problem,
    'forbidden; missing is the rule {apiGroups: [""], resources: [namespaces], verbs: [get]}'
  )
})

void t.test('a kind that a cluster may lack has no objects there', async (test) => {
  const absent = await listed(test, [status(404)], { kind: kinds.ScaledObject })
  test.strictSame(absent, { asked: ['/apis/keda.sh/v1alpha1/scaledobjects'], objects: [], problem: undefined })
  test.equal((await listed(test, [status(404, { reason: 'NotFound' })])).problem, '404 NotFound')
})

void t.test('what a visitor throws is thrown at once', async (test) => {
  const api = await openStub(
    test,
    (await startApiStub(test, (_request, response) => page(['a'])(new URLSearchParams(), response))).kubeconfig
  )
  const bug = new Error('a bug')
  const throwing = clusterLister({ api }).each(kinds.Deployment, () => {
    throw bug
  })
  await test.rejects(throwing, bug)
})
