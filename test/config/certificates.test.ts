import t from 'tap'
import { validateController } from '../../src/config/validate.ts'
import { loaderIn } from './load.ts'

const { load, problemsOf } = loaderIn(t.testdir({}))

function validated(certificates: object): readonly string[] {
  return validateController(load({ file: JSON.stringify({ certificates }) }))
}

function modeIn(environment: Record<string, string>, file = '{}'): string {
  return load({ file, environment }).certificates.mode
}

void t.test('each certificate lives long enough to be replaced in good time', (test) => {
  const mode = 'self-managed'
  test.strictSame(validated({ mode }), [], 'as it is by default')
  test.strictSame(validated({ mode, authoritySeconds: 120, servingSeconds: 60, overlapSeconds: 20 }), [])
  test.strictSame(validated({ mode, authoritySeconds: 119, servingSeconds: 60, overlapSeconds: 21 }), [
    'certificates.authoritySeconds: must be at least twice certificates.servingSeconds',
    'certificates.servingSeconds: must be at least three times certificates.overlapSeconds'
  ])
  for (const other of ['files', 'cert-manager'])
    test.strictSame(validated({ mode: other, authoritySeconds: 119, servingSeconds: 60 }), [], 'others see to that')
  test.end()
})

void t.test(
  'in a pod the controller sees to them unless somebody says otherwise; elsewhere whoever writes the files',
  (test) => {
    const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    test.equal(modeIn(pod), 'self-managed')
    test.equal(modeIn({}), 'files')
    test.equal(modeIn({ KUBERNETES_SERVICE_HOST: '' }), 'files')
    test.equal(modeIn(pod, 'certificates: { mode: files }'), 'files')
    test.equal(modeIn({ ...pod, HOLDFAST_CERTIFICATES_MODE: 'cert-manager' }), 'cert-manager')
    test.equal(modeIn(pod, 'certificates: { secretName: other }'), 'self-managed')
    test.end()
  }
)

void t.test('what is no setting of certificates is refused', (test) => {
  const file =
    'certificates: { mode: own, servingSeconds: 29, overlapSeconds: 0, secretName: ../x, serviceName: a_b, days: 1 }'
  test.strictSame(problemsOf({ file }), [
    'holdfast.yaml: certificates.mode: "own" is not one of self-managed, cert-manager, files',
    'holdfast.yaml: certificates.secretName: "../x" is not a Kubernetes object name',
    'holdfast.yaml: certificates.serviceName: "a_b" is not a Kubernetes object name',
    'holdfast.yaml: certificates.servingSeconds: 29 is not a whole number from 30 to 315360000',
    'holdfast.yaml: certificates.overlapSeconds: 0 is not a whole number from 1 to 86400',
    'holdfast.yaml: certificates.days: no such key; expected one of mode, namespace, secretName, serviceName, configurationName, authoritySeconds, servingSeconds, overlapSeconds'
  ])
  test.end()
})
