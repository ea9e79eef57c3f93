import tap, { type Test } from 'tap'
import { createNamespace, createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'

/** As GKE has it: pods of these classes are admitted only where a quota covers them. */
const limited = {
  ResourceQuota: {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'ResourceQuotaConfiguration',
    limitedResources: [
      {
        resource: 'pods',
        matchScopes: [
          {
            scopeName: 'PriorityClass',
            operator: 'In',
            values: ['system-node-critical', 'system-cluster-critical']
          }
        ]
      }
    ]
  }
}
const namespace = ['--namespace', 'holdfast-system']

async function checkWithout(t: Test, { kubectl }: ControlPlane, helm: Helm): Promise<void> {
  await must(helm(['install', 'holdfast', chart, ...namespace, '--set', 'resourceQuota.enabled=false']))
  let why = ''
  await waitFor({ what: 'the refusal of a pod', seconds: 30, details: () => why }, async () => {
    const path = '{.items[*].status.conditions[?(@.type=="ReplicaFailure")].message}'
    why = await must(kubectl(['get', 'deployments', ...namespace, `--output=jsonpath=${path}`]))
    return why === '' ? undefined : why
  })
  t.match(why, /insufficient quota to match these scopes: .*PriorityClass/)
  t.equal(await must(kubectl(['get', 'pods', ...namespace, '--output=name'])), '')
  await must(helm(['uninstall', 'holdfast', ...namespace]))
}

async function checkWith(t: Test, { kubectl }: ControlPlane, helm: Helm): Promise<void> {
  await must(helm(['install', 'holdfast', chart, ...namespace, '--wait', '--timeout', '55s']))
  const pods = await must(
    kubectl(['get', 'pods', ...namespace, '--output=jsonpath={.items[*].spec.priorityClassName}'])
  )
  t.equal(pods, Array(5).fill('system-cluster-critical').join(' '))
}

const plane = await openControlPlane(tap, { kwok: true, granted: false, admission: limited })
if (plane !== undefined) {
  await createNodes(plane)
  await createNamespace(plane, 'holdfast-system')
  const helm = await helmFor(plane)
  await tap.test('without the quota such a cluster admits no pod', (t) => checkWithout(t, plane, helm))
  await tap.test('with it, as by default, all of them', (t) => checkWith(t, plane, helm))
}
