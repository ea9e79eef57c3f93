import { Gauge, type Registry } from 'prom-client'
import { version } from '../own-version.ts'

/** Adds the gauge that says what runs. Its name and labels are an interface: dashboards and alerts read them. */
export function gaugeBuild(registry: Registry, component: 'webhook' | 'controller'): void {
  const gauge = new Gauge({
    name: 'holdfast_build_info',
    help: 'Always 1, with the version and the component that runs.',
    labelNames: ['version', 'component'],
    registers: [registry]
  })
  gauge.set({ version, component }, 1)
}
