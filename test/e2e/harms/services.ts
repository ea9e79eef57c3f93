import type { Test } from 'tap'
import { serviceDrains } from '../../../src/policies/service-drains.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { crashed, create, type Place, podsOf, report, said, untilRolled } from './place.ts'

function service(name: string, more: object = {}): object {
  const spec = { selector: { app: 'served' }, ports: [{ port: 80, targetPort: 8080 }], ...more }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
}

export async function checkUnready(t: Test, place: Place): Promise<void> {
  const open = service('open', { publishNotReadyAddresses: true })
  const closed = service('closed')
  const web = bareDeployment('served')
  const says =
    '[service-drains] spec.publishNotReadyAddresses: sends traffic to pods that are not ready, or stop (unless intended); leave it out'
  t.strictSame(said(serviceDrains, open, [web]), [says])
  t.strictSame(said(serviceDrains, closed, [web]), [])
  await create(place, web, open, closed)
  await untilRolled(place, 'served')
  for (const name of ['open', 'closed']) await untilReady(place, name, 2)
  const [pod] = await podsOf(place, 'served')
  if (pod === undefined) throw new Error('no pod serves')
  await report(place, pod, crashed(pod))
  await untilReady(place, 'closed', 1)
  t.equal(await countReady(place, 'open'), 2, 'the pod that is not ready gets traffic')
}

async function countReady({ api, namespace }: Place, name: string): Promise<number> {
  const selector = `labelSelector=kubernetes.io%2Fservice-name%3D${name}`
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${selector}`
  const { items } = (await api.must('GET', path)) as {
    items: readonly { endpoints?: { conditions: { ready?: boolean } }[] | null }[]
  }
  return items.flatMap((slice) => slice.endpoints ?? []).filter(({ conditions }) => conditions.ready === true).length
}

async function untilReady(place: Place, name: string, count: number): Promise<void> {
  await waitFor({ what: `${count} ready addresses of ${name}`, seconds: 60 }, async () => {
    return (await countReady(place, name)) === count ? true : undefined
  })
}
