import t from 'tap'
import { controllerFaults } from '../../src/config/controller-faults.ts'
import { loaderIn } from './load.ts'

const { load, problemsOf } = loaderIn(t.testdir({}))

function faultsOf(certificates: object): readonly string[] {
  return controllerFaults(load({ file: JSON.stringify({ certificates }) }))
}

void t.test('each certificate lives long enough to be replaced in good time', (test) => {
  const mode = 'self-managed'
  test.strictSame(faultsOf({ mode }), [], 'as it is by default')
  test.strictSame(faultsOf({ mode, authoritySeconds: 120, servingSeconds: 60, overlapSeconds: 20 }), [])
  test.strictSame(faultsOf({ mode, authoritySeconds: 119, servingSeconds: 60, overlapSeconds: 21 }), [
    'certificates.authoritySeconds: is less than twice certificates.servingSeconds',
    'certificates.servingSeconds: is less than three times certificates.overlapSeconds'
  ])
  test.strictSame(faultsOf({ authoritySeconds: 119, servingSeconds: 60 }), [], 'whoever writes files sees to that')
  test.end()
})

void t.test('what is no setting of certificates is refused', (test) => {
  const file =
    'certificates: { mode: own, servingSeconds: 29, overlapSeconds: 0, secretName: ../x, serviceName: a_b, days: 1 }'
  test.strictSame(problemsOf({ file }), [
    'holdfast.yaml: certificates.mode: "own" is not one of files, self-managed',
    'holdfast.yaml: certificates.secretName: "../x" is not a name of Kubernetes',
    'holdfast.yaml: certificates.serviceName: "a_b" is not a name of Kubernetes',
    'holdfast.yaml: certificates.servingSeconds: 29 is not a whole number from 30 to 315360000',
    'holdfast.yaml: certificates.overlapSeconds: 0 is not a whole number from 1 to 86400',
    'holdfast.yaml: certificates.days: no such key; there are mode, namespace, secretName, serviceName, configurationName, authoritySeconds, servingSeconds, overlapSeconds'
  ])
  test.end()
})
