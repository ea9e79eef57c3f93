import { definePolicy } from '../engine/policy.ts'
import { uncertain, type Violation } from '../engine/violation.ts'
import { mainContainers } from '../kube/containers.ts'
import { label } from '../kube/label-selector.ts'
import { type Container, variablesOf } from '../kube/pod.ts'
import { longestPreStop, unreadHooks } from '../kube/termination.ts'
import { podField, templateField, type Workload } from '../kube/workload.ts'

export const meshDrainsLast = definePolicy({
  id: 'mesh-drains-last',
  title: 'The proxy of a service mesh runs until preStop hooks have ended',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet'],
  atMost: 'advised',
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, parameters: { shutdownSeconds } }) {
    const hook = hookOfApplication(subject)
    if (hook === undefined) return []
    const needed = { hook, whole: hook + shutdownSeconds }
    return [...istio(subject, needed), ...linkerd(subject, needed)]
  }
})

/** In seconds: the longest preStop hook, and that with the time to shut down. */
interface Needed {
  hook: number
  whole: number
}

const istioProxy = 'istio-proxy'

function hookOfApplication({ podSpec }: Workload): number | undefined {
  if (longestPreStop(podSpec) === undefined) return undefined
  const { containers = [] } = podSpec
  return longestPreStop({ ...podSpec, containers: containers.filter(({ name }) => name !== istioProxy) })
}

const nativeInIstio = 'sidecar.istio.io/nativeSidecar'

/** Beside the application Envoy gets SIGTERM with it, drains, and is killed (istio pkg/envoy/agent.go). */
function istio(subject: Workload, { hook, whole }: Needed): Violation[] {
  const { podAnnotations, podLabels, podSpec } = subject
  if ([podLabels, podAnnotations].some((one) => label(one, 'sidecar.istio.io/inject') === 'false')) return []
  const native = label(podAnnotations, nativeInIstio)
  const proxy = mainContainers(podSpec).find(({ container }) => isProxy(container))
  if (native === 'true' || (native !== 'false' && proxy === undefined)) return []
  const drain = drainSeconds(subject, proxy?.container)
  if (drain === undefined || drain >= hook) return []
  const isSaid = native === 'false'
  const field = isSaid ? annotationField(subject, nativeInIstio) : podField(subject, proxy?.at ?? '')
  const problem = `Envoy is killed after ${drain} s, while a preStop hook takes ${hook} s`
  const other = isSaid ? 'set it to "true"' : 'make it a native sidecar'
  return [uncertain('mesh-settings', { field, problem, fix: `${other}, or terminationDrainDuration to ${whole}s` })]
}

/** One whose image is written. The injector makes of `auto` what the mesh has. */
function isProxy({ name, image = 'auto' }: Container): boolean {
  return name === istioProxy && image !== 'auto'
}

/** What Istio has where nothing is written. */
const defaultDrainSeconds = 5

/** How long Envoy runs after the order to stop; undefined where that cannot be told, or as long as it has connections. */
function drainSeconds({ podAnnotations }: Workload, proxy: Container = {}): number | undefined {
  const variables = variablesOf(proxy)
  const settings = [
    label(podAnnotations, 'proxy.istio.io/config') ?? '',
    ...variables.flatMap(({ name, value = '' }) => (name === 'PROXY_CONFIG' ? [value] : []))
  ].join('\n')
  const waits = variables.some(({ name, value }) => name === exitOnZero && value === 'true')
  if (waits || isZeroExit.test(settings) || unreadHooks({ containers: [proxy] }).length > 0) return undefined
  const own = longestPreStop({ containers: [proxy] }) ?? 0
  if (!settings.includes('terminationDrainDuration')) return own + defaultDrainSeconds
  const written = drainDuration.exec(settings)
  if (written === null) return undefined
  const [, hours = '0', minutes = '0', seconds = '0'] = written
  return own + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

const exitOnZero = 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS'
const isZeroExit = /EXIT_ON_ZERO_ACTIVE_CONNECTIONS["']?\s*:\s*["']?true/
/** In YAML or JSON, as Go writes it: `30s`, `1m30s`. */
const drainDuration =
  /terminationDrainDuration["']?\s*:\s*["']?(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?["']?\s*(?:[,}\n]|$)/

const nativeInLinkerd = [
  'config.linkerd.io/proxy-enable-native-sidecar',
  'config.beta.linkerd.io/proxy-enable-native-sidecar',
  'config.alpha.linkerd.io/proxy-enable-native-sidecar'
]
const waitKey = 'config.alpha.linkerd.io/proxy-wait-before-exit-seconds'

/** Beside the application the proxy refuses connections from SIGTERM on; the wait is a preStop hook of its own. */
function linkerd(subject: Workload, { hook, whole }: Needed): Violation[] {
  const { podAnnotations } = subject
  const key = nativeInLinkerd.find((one) => Object.hasOwn(podAnnotations, one))
  if (key === undefined || podAnnotations[key] !== 'false') return []
  const wait = Number(label(podAnnotations, waitKey) ?? 0)
  if (label(podAnnotations, 'linkerd.io/inject') === 'disabled' || !(wait < hook)) return []
  const problem = `the proxy stops after ${wait} s, while a preStop hook takes ${hook} s`
  const fix = `set it to "true", or proxy-wait-before-exit-seconds to ${whole}`
  return [uncertain('mesh-settings', { field: annotationField(subject, key), problem, fix })]
}

function annotationField(subject: Workload, key: string): string {
  return templateField(subject, `metadata.annotations[${key}]`)
}
