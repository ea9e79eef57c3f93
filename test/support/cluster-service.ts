import type { Test } from 'tap'
import { type Balancer, openBalancer } from './balancer.ts'
import type { ClusterApi } from './cluster-api.ts'

interface ServiceObject {
  readonly spec: { readonly clusterIP: string; readonly ports: readonly [{ readonly port: number }] }
}

/**
 * Does for a Service what kube-proxy would: what connects to its address gets to a replica that is ready. The control plane must have been
 * started with servicesOnLoopback. A port below 1024 takes the right to listen on it.
 */
export async function serveService(t: Test, api: ClusterApi, name: string): Promise<Balancer> {
  const service = (await api.must('GET', `/api/v1/namespaces/holdfast-system/services/${name}`)) as ServiceObject
  const { clusterIP, ports } = service.spec
  return openBalancer(t, { host: clusterIP, port: ports[0].port })
}
