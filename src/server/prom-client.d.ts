/** The parts of `collectDefaultMetrics`: each registers its own metrics. */
declare module 'prom-client/lib/metrics/*.js' {
  import type { DefaultMetricsCollectorConfiguration, PrometheusContentType, Registry } from 'prom-client'

  type Configuration = DefaultMetricsCollectorConfiguration<PrometheusContentType>
  const collect: (registry: Registry, configuration: Configuration) => void
  export default collect
}
