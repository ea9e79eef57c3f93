import { Gauge, type Registry } from 'prom-client'

/** Seconds since each resource of the cluster was last confirmed. */
export type Staleness = () => Iterable<[resource: string, seconds: number]>

/** Adds the gauge of what is known of the cluster. Its name and label are an interface: dashboards and alerts read them. */
export function gaugeStaleness(registry: Registry, staleness: Staleness): void {
  const gauge: Gauge = new Gauge({
    name: 'holdfast_cluster_staleness_seconds',
    help: 'Seconds since the API server last confirmed what is known of a resource.',
    labelNames: ['resource'],
    registers: [registry],
    collect: (): void => {
      for (const [resource, age] of staleness()) gauge.set({ resource }, age)
    }
  })
}
