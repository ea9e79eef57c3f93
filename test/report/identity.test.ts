import t from 'tap'
import { identityOf } from '../../src/report/identity.ts'
import type { Result } from '../../src/report/report.ts'

const result: Result = {
  policy: 'readiness-probe',
  severity: 'required',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  container: 'web',
  field: 'spec.template.spec.containers[name=web].readinessProbe',
  problem: 'has none',
  hedge: '',
  fix: 'add one',
  text: 'deployment/web: [readiness-probe] containers[name=web].readinessProbe: has none; add one',
  fixable: true
}

void t.test('a result is told apart by policy, kind, object and container', (test) => {
  const named = (object: Partial<Result['object']>) =>
    identityOf({ ...result, container: '', object: { ...result.object, ...object } })
  test.equal(identityOf(result), 'readiness-probe apps/Deployment shop/web web')
  test.equal(named({}), 'readiness-probe apps/Deployment shop/web')
  test.equal(named({ namespace: '' }), 'readiness-probe apps/Deployment web')
  test.equal(named({ apiVersion: 'v1', kind: 'Pod' }), 'readiness-probe Pod shop/web')
  test.end()
})

void t.test('neither texts nor positions nor the version of the API make another result', (test) => {
  const location = { file: 'web.yaml', line: 7, column: 3, endLine: 7, endColumn: 9 }
  const other = { ...result, problem: 'has no probe', text: '', location, severity: 'advised' as const }
  test.equal(identityOf(other), identityOf(result))
  test.equal(identityOf({ ...result, object: { ...result.object, apiVersion: 'apps/v1beta1' } }), identityOf(result))
  test.end()
})
