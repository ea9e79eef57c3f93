import type { Test } from 'tap'
import { autoscalerCanAct } from '../../../src/policies/autoscaler-can-act.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { type Condition, create, type Place, said } from './place.ts'

const external = {
  type: 'External',
  external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '5' } }
}

/** The controller looks every 15 s. */
export async function checkUnserved(t: Test, place: Place): Promise<void> {
  const { api, namespace } = place
  const target = bareDeployment('measured')
  await create(place, target)
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'measured' }
  const hpa = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'measured' },
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5, metrics: [external] }
  }
  const services = await apiServices(place)
  const says =
    '[autoscaler-can-act] spec.metrics[0]: nothing serves external.metrics.k8s.io, so it never scales (unless it is created later); install its adapter, or use another metric'
  t.strictSame(said(autoscalerCanAct, hpa, [target, ...services]), [says])
  await create(place, hpa)
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/measured`
  const active = await waitFor({ what: 'the autoscaler to be tried', seconds: 60 }, async () => {
    const { status } = (await api.must('GET', path)) as { status: { conditions?: readonly Condition[] } }
    return status.conditions?.find(({ type }) => type === 'ScalingActive')
  })
  t.match(active, { status: 'False', reason: 'FailedGetExternalMetric' })
}

/** What the API server serves, by itself and by others. */
async function apiServices({ api }: Place): Promise<readonly object[]> {
  const served = (await api.must('GET', '/apis/apiregistration.k8s.io/v1/apiservices')) as { items: readonly object[] }
  return served.items.map((one) => ({ ...one, kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1' }))
}
