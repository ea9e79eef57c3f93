import type { IncomingMessage, ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { buildReportStore, servedReportKind } from '../../src/commands/controller/report-store.ts'
import type { StoredReport } from '../../src/commands/controller/report-keeper.ts'
import { managedBy, reportKinds, reportObject } from '../../src/report/report-object.ts'
import { answerJson, openStub, startApiStub } from '../cluster/api-stub.ts'

const [openReports, policyReports] = reportKinds
if (openReports === undefined || policyReports === undefined) throw new Error('no kinds')

const gone = { kind: 'Status', code: 404, reason: 'NotFound' }

/** An API server with these answers, by method and path; anything else is not there. */
async function apiOf(test: Test, answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const answer = ({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void => {
    const { pathname, search } = new URL(url, 'https://stub')
    const call = `${method} ${pathname}`
    asked.push(method === 'GET' ? call : `${call}${search}`)
    answerJson(response, answers[call] ?? gone, Object.hasOwn(answers, call) ? 200 : 404)
  }
  return { asked, api: await openStub(test, (await startApiStub(test, answer)).kubeconfig) }
}

function serves(resource: string) {
  return { kind: 'APIResourceList', resources: [{ name: resource }] }
}

void t.test('OpenReports go before PolicyReports, and a cluster may serve neither', async (test) => {
  const ofOpen = { 'GET /apis/openreports.io/v1alpha1': serves('reports') }
  const ofPolicy = { 'GET /apis/wgpolicyk8s.io/v1alpha2': serves('policyreports') }
  test.equal((await servedReportKind((await apiOf(test, { ...ofOpen, ...ofPolicy })).api))?.kind, 'Report')
  test.equal((await servedReportKind((await apiOf(test, ofPolicy)).api))?.kind, 'PolicyReport')
  const other = { 'GET /apis/openreports.io/v1alpha1': serves('clusterreports') }
  test.equal(await servedReportKind((await apiOf(test, other)).api), undefined)
})

void t.test('of the reports of a cluster it lists its own, one that cannot be read by its name alone', async (test) => {
  const metadata = { namespace: 'shop', labels: managedBy }
  const items = [
    { metadata: { ...metadata, name: 'a' }, scope: { uid: '1', name: 'web' }, results: [{ policy: 'min-replicas' }] },
    { metadata: { ...metadata, name: 'b' }, results: 'none' },
    { metadata: { ...metadata, name: 'c', labels: { 'app.kubernetes.io/managed-by': 'kyverno' } } }
  ]
  const list = { metadata: { resourceVersion: '1' }, items }
  const { api } = await apiOf(test, { 'GET /apis/openreports.io/v1alpha1/reports': list })
  const listed: StoredReport[] = []
  await buildReportStore(openReports, api, api).list((report) => listed.push(report))
  test.match(listed, [
    { namespace: 'shop', name: 'a', report: { scope: { uid: '1' }, results: [{ policy: 'min-replicas' }] } },
    { namespace: 'shop', name: 'b', report: undefined }
  ])
  test.equal(listed.length, 2)
})

void t.test('a report is applied as ours, and one that is gone is no error', async (test) => {
  const path = '/apis/openreports.io/v1alpha1/namespaces/shop/reports/holdfast-1'
  const { api, asked } = await apiOf(test, { [`PATCH ${path}`]: {} })
  const store = buildReportStore(openReports, api, api)
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
  const texts = { problem: 'runs 1 replica', hedge: '', fix: 'set it to 2', text: 'runs 1 replica' }
  const found = { policy: 'min-replicas', severity: 'advised', object, container: '', field: 'spec.replicas' } as const
  const report = reportObject(
    openReports,
    { ...object, uid: '1' },
    { results: [{ ...found, ...texts, fixable: false }], seconds: 1, isEnforceable: true }
  )
  if (report === undefined) throw new Error('no report')
  await store.apply(report)
  await store.remove({ namespace: 'shop', name: 'holdfast-1' })
  test.strictSame(asked, [`PATCH ${path}?fieldManager=holdfast&force=true`, `DELETE ${path}`])
})

void t.test('a list that is refused is an error: without it nothing is known to be stale', async (test) => {
  const { api } = await apiOf(test, { 'GET /apis/openreports.io/v1alpha1/reports': 'not a list' })
  await test.rejects(buildReportStore(openReports, api, api).list(() => {}))
})
