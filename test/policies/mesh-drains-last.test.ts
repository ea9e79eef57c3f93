import { meshDrainsLast } from '../../src/policies/mesh-drains-last.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const hooked = (seconds: number): JsonMap => ({ ...web, lifecycle: { preStop: { sleep: { seconds } } } })
const proxy = (more: JsonMap = {}): JsonMap => ({ name: 'istio-proxy', image: 'proxyv2:1.29', ...more })
const with10: JsonMap = { containers: [hooked(10)] }

const deployment = (pod: JsonMap, annotations: JsonMap = {}, labels: JsonMap = {}): JsonMap => {
  const metadata = { labels: { app: 'web', ...labels }, annotations }
  return workloadWith('Deployment', pod, { replicas: 3, template: { metadata, spec: pod } })
}
const classic: JsonMap = { 'sidecar.istio.io/nativeSidecar': 'false' }
const configured = (config: string): JsonMap => ({ ...classic, 'proxy.istio.io/config': config })
const stable = 'config.linkerd.io/proxy-enable-native-sidecar'
const alpha = 'config.alpha.linkerd.io/proxy-enable-native-sidecar'
const waiting = (seconds: string): JsonMap => ({
  [stable]: 'false',
  'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': seconds
})

const hedge = '(unless the mesh is set to wait)'
const at = (annotation: string): string => `[mesh-drains-last] spec.template.metadata.annotations[${annotation}]: `
const killed = (after: number, hook: number): string =>
  `Envoy is killed after ${after} s, while a preStop hook takes ${hook} s ${hedge}; `
const toTrue = 'set it to "true", or terminationDrainDuration to 15s'
const native = at('sidecar.istio.io/nativeSidecar') + killed(5, 10) + toTrue
const beside = `[mesh-drains-last] spec.template.spec.containers[name=istio-proxy]: ${killed(5, 10)}make it a native sidecar, or terminationDrainDuration to 15s`
const stops = (key: string, after: number): string =>
  `${at(key)}the proxy stops after ${after} s, while a preStop hook takes 10 s ${hedge}; set it to "true", or proxy-wait-before-exit-seconds to 15`
const unsure = { severity: 'unknown' } as const

checkPolicy(meshDrainsLast, {
  accepts: {
    'no word of a mesh': { object: deployment(with10) },
    'a native sidecar of Istio': { object: deployment(with10, { 'sidecar.istio.io/nativeSidecar': 'true' }) },
    'a hook that ends when Envoy does, as the one that is injected': {
      object: deployment({ containers: [hooked(5)] }, classic)
    },
    'no hook': { object: deployment({ containers: [web] }, classic) },
    'Envoy that waits for its connections': {
      object: deployment(with10, configured('proxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\n'))
    },
    'Envoy that drains for long': { object: deployment(with10, configured('terminationDrainDuration: 60s')) },
    'Envoy that drains for long, in JSON': {
      object: deployment(with10, configured('{"terminationDrainDuration":"1m0s","concurrency":2}'))
    },
    'a time to drain that cannot be read': {
      object: deployment(with10, configured('terminationDrainDuration: ${DRAIN}'))
    },
    'no injection, by annotation': {
      object: deployment(with10, { ...classic, 'sidecar.istio.io/inject': 'false' })
    },
    'no injection, by label': { object: deployment(with10, classic, { 'sidecar.istio.io/inject': 'false' }) },
    'an ambient mesh': { object: deployment(with10, {}, { 'istio.io/dataplane-mode': 'ambient' }) },
    'a proxy that is written as a native sidecar': {
      object: deployment({ ...with10, initContainers: [proxy({ restartPolicy: 'Always' })] })
    },
    'a proxy that the injector fills in': {
      object: deployment({ containers: [hooked(10), proxy({ image: 'auto' })] })
    },
    'a gateway, which is nothing but a proxy': {
      object: deployment({ containers: [proxy({ lifecycle: { preStop: { sleep: { seconds: 20 } } } })] })
    },
    'a proxy with a hook of its own': {
      object: deployment({ containers: [hooked(10), proxy({ lifecycle: { preStop: { sleep: { seconds: 10 } } } })] })
    },
    'a proxy whose own hook cannot be read': {
      object: deployment({
        containers: [hooked(10), proxy({ lifecycle: { preStop: { exec: { command: ['/wait'] } } } })]
      })
    },
    'a proxy that waits, by its variable': {
      object: deployment({
        containers: [hooked(10), proxy({ env: [{ name: 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS', value: 'true' }] })]
      })
    },
    'a proxy that drains for long, by its variable': {
      object: deployment({
        containers: [
          hooked(10),
          proxy({ env: [{ name: 'PROXY_CONFIG', value: '{"terminationDrainDuration":"30s"}' }] })
        ]
      })
    },
    'Linkerd that waits': { object: deployment(with10, waiting('40')) },
    'Linkerd that waits for a time that is no number': { object: deployment(with10, waiting('soon')) },
    'a native sidecar of Linkerd': { object: deployment(with10, { [stable]: 'true' }) },
    'a native sidecar of Linkerd, whatever an older annotation says': {
      object: deployment(with10, { [stable]: 'true', [alpha]: 'false' })
    },
    'no proxy of Linkerd': { object: deployment(with10, { ...waiting('0'), 'linkerd.io/inject': 'disabled' }) },
    'a Job': { object: workloadWith('Job', { containers: [hooked(10), proxy()] }) }
  },
  rejects: {
    'Envoy beside the application': { object: deployment(with10, classic), ...unsure, says: [native] },
    'Envoy beside the application, with the default written': {
      object: deployment(with10, configured('terminationDrainDuration: 5s')),
      ...unsure,
      says: [native]
    },
    'a hook that is longer than what is written': {
      object: deployment({ containers: [hooked(90)] }, configured('terminationDrainDuration: "1m15s"')),
      ...unsure,
      says: [
        `${at('sidecar.istio.io/nativeSidecar')}${killed(75, 90)}set it to "true", or terminationDrainDuration to 95s`
      ]
    },
    'connections that Envoy does not wait for': {
      object: deployment(with10, configured('proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "false"}')),
      ...unsure,
      says: [native]
    },
    'a proxy that somebody wrote': {
      object: deployment({ containers: [hooked(10), proxy()] }),
      ...unsure,
      says: [beside]
    },
    'Linkerd beside the application': {
      object: deployment(with10, { [stable]: 'false' }),
      ...unsure,
      says: [stops(stable, 0)]
    },
    'Linkerd beside the application, by an older annotation': {
      object: deployment(with10, { [alpha]: 'false' }),
      ...unsure,
      says: [stops(alpha, 0)]
    },
    'Linkerd that waits for less than the hook': {
      object: deployment(with10, waiting('9')),
      ...unsure,
      says: [stops(stable, 9)]
    }
  }
})
