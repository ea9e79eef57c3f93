import { setTimeout as wait } from 'node:timers/promises'
import { evaluate } from '../../src/engine/evaluate.ts'
import type { ParameterValue, Policy } from '../../src/engine/policy.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { livenessPatient } from '../../src/policies/liveness-patient.ts'
import { meshDrainsLast } from '../../src/policies/mesh-drains-last.ts'
import { startupProbe } from '../../src/policies/startup-probe.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { nothingKnown } from '../support/facts.ts'
import { rulesetOf } from '../support/workloads.ts'
import { appImage } from './manifest.ts'
import { podsOf, type RunningPod } from './pods.ts'
import type { Verdict } from './verdicts.ts'

// What only a kubelet does to whoever does not heed a policy, and does not do to the object that the policy accepts.

const none = { reasons: new Map<string, string>(), remarks: [] }
const second = 1000
const healthz = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 }

/** How long an application answers its probes with an error. */
const busySeconds = 20
const startSeconds = 20
const sleepSeconds = 20
/** When the proxy of a classic sidecar has ended, and the hook of the application has not. */
const halfWaySeconds = 6

/** All at once: they take as long as the slowest of them. */
export async function showHarms(controlPlane: ControlPlane): Promise<readonly Verdict[]> {
  const user = await userIn(controlPlane, 'kubelet-harms', {})
  const all = await Promise.all([showLiveness(user), showStartup(user), showUnnamedPort(user), showMesh(user)])
  return all.flat()
}

interface Application {
  args?: readonly string[]
  container?: object
  pod?: object
}

function deployment(name: string, { args = [], container = {}, pod = {} }: Application): object {
  const labels = { app: name }
  const web = { ...appContainer('web', args), ports: [{ containerPort: 8080 }], ...container }
  const { containers = [], ...rest } = pod as { containers?: readonly object[] }
  const spec = { automountServiceAccountToken: false, ...rest, containers: [web, ...containers] }
  const template = { metadata: { labels }, spec }
  const whole = { replicas: 1, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: whole }
}

function appContainer(name: string, args: readonly string[]): object {
  return { name, image: `${appImage}:1`, imagePullPolicy: 'Never', args }
}

/** How much a policy says of an object. */
function findingsOf(policy: Policy, object: object, parameters: Readonly<Record<string, ParameterValue>> = {}): number {
  const overrides = { policies: new Map([[policy.id, { parameters }]]), common: {} }
  const ruleset = rulesetOf({ policies: [policy], overrides })
  const subject = parseWorkload('Deployment', structuredClone(object))
  return evaluate(subject, { facts: nothingKnown, ruleset, exemptions: none }).findings.length
}

async function start(user: NamespaceUser, name: string, application: Application): Promise<object> {
  const object = deployment(name, application)
  await user.must(['create', '-f', '-'], object)
  return object
}

/** The only pod of a Deployment, once it is as it is wanted. */
async function podOf(
  user: NamespaceUser,
  name: string,
  what: string,
  isSo: (pod: RunningPod) => boolean
): Promise<RunningPod> {
  let last: readonly RunningPod[] = []
  const details = (): string => JSON.stringify(last)
  return waitFor({ what: `${name} ${what}`, seconds: 90, details, everyMilliseconds: 500 }, async () => {
    last = await podsOf(user, `app=${name}`)
    const [pod, ...others] = last
    return pod !== undefined && others.length === 0 && isSo(pod) ? pod : undefined
  })
}

async function showLiveness(user: NamespaceUser): Promise<readonly Verdict[]> {
  const readinessProbe = { ...healthz, failureThreshold: 10 }
  const probes = {
    impatient: { readinessProbe, livenessProbe: { ...healthz, failureThreshold: 10 } },
    patient: { readinessProbe, livenessProbe: { ...healthz, failureThreshold: 60 } }
  }
  const impatient = await start(user, 'impatient', { container: probes.impatient })
  const patient = await start(user, 'patient', { container: probes.patient })
  for (const name of ['impatient', 'patient']) {
    const { address } = await podOf(user, name, 'ready', ({ ready }) => ready)
    await fetch(`http://${address}:8080/sicken?for=${busySeconds}s`)
  }
  await podOf(user, 'patient', 'unready', ({ ready }) => !ready)
  const { restarts: killed } = await podOf(user, 'impatient', 'restarted', ({ restarts }) => restarts > 0)
  const { restarts: spared } = await podOf(user, 'patient', 'ready again', ({ ready }) => ready)
  const says = `busy for ${busySeconds} s: liveness restarts the container where it gives up with readiness, and not where it waits`
  const foreseen = [findingsOf(livenessPatient, impatient), findingsOf(livenessPatient, patient)]
  return [verdict(livenessPatient, says, { foreseen, happens: killed > 0, spares: spared === 0 })]
}

async function showStartup(user: NamespaceUser): Promise<readonly Verdict[]> {
  const args = [`-start=${startSeconds}s`]
  const livenessProbe = { ...healthz, failureThreshold: 3 }
  const delayed = await start(user, 'delayed', {
    args,
    container: { livenessProbe: { ...livenessProbe, initialDelaySeconds: 6 } }
  })
  const container = { livenessProbe, startupProbe: { ...healthz, failureThreshold: 60 } }
  const probed = await start(user, 'probed', { args, container })
  const { restarts: killed } = await podOf(user, 'delayed', 'restarted', ({ restarts }) => restarts > 0)
  const { restarts: spared } = await podOf(user, 'probed', 'started', ({ ready }) => ready)
  const says = `a start of ${startSeconds} s: liveness ends it where a delay is shorter, and not where a startup probe waits`
  const parameters = { delaySeconds: 5 }
  const foreseen = [findingsOf(startupProbe, delayed, parameters), findingsOf(startupProbe, probed, parameters)]
  return [verdict(startupProbe, says, { foreseen, happens: killed > 0, spares: spared === 0 })]
}

function probing(port: number | string): object {
  return { startupProbe: { httpGet: { path: '/', port }, periodSeconds: 1 } }
}

async function showUnnamedPort(user: NamespaceUser): Promise<readonly Verdict[]> {
  const unnamed = await start(user, 'unnamed', { container: probing('web') })
  const numbered = await start(user, 'numbered', { container: probing(8080) })
  await podOf(user, 'numbered', 'ready', ({ ready }) => ready)
  // Twice as long as it takes a probe that fails to restart the container.
  await wait(6 * second)
  const { ready, restarts } = await podOf(user, 'unnamed', 'there', ({ address }) => address !== undefined)
  const says = 'a startup probe of a port that nobody names: it never passes, and never fails'
  const foreseen = [findingsOf(startupProbe, unnamed), findingsOf(startupProbe, numbered)]
  return [verdict(startupProbe, says, { foreseen, happens: !ready && restarts === 0, spares: true })]
}

/** The application stands in for Envoy. It ends a second after SIGTERM, and Envoy after five. */
async function showMesh(user: NamespaceUser): Promise<readonly Verdict[]> {
  const container = { lifecycle: { preStop: { sleep: { seconds: sleepSeconds } } } }
  const proxy = appContainer('istio-proxy', ['-address=:15001', '-graceful'])
  const classic = await start(user, 'classic', { container, pod: { containers: [proxy] } })
  const initContainers = [{ ...proxy, restartPolicy: 'Always' }]
  const native = await start(user, 'native', { container, pod: { initContainers } })
  const answers: Record<string, readonly boolean[]> = {}
  await Promise.all(
    ['classic', 'native'].map(async (name) => {
      const { address } = await podOf(user, name, 'ready', ({ ready }) => ready)
      await user.must(['delete', 'deployment', name, '--wait=false'])
      await podOf(user, name, 'leaving', ({ leaving }) => leaving)
      await wait(halfWaySeconds * second)
      answers[name] = await Promise.all([8080, 15_001].map((port) => isAnswered(`http://${address}:${port}/`)))
    })
  )
  const [application, afterwards] = answers['classic'] ?? []
  const says = `a preStop hook of ${sleepSeconds} s: a proxy beside the application is gone meanwhile, and a native sidecar is not`
  const foreseen = [findingsOf(meshDrainsLast, classic), findingsOf(meshDrainsLast, native)]
  const happens = application === true && afterwards === false
  return [verdict(meshDrainsLast, says, { foreseen, happens, spares: answers['native']?.every(Boolean) === true })]
}

function isAnswered(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2 * second) }).then(
    ({ ok }) => ok,
    () => false
  )
}

interface Shown {
  /** How much the policy says of the harmful object, and of the other one. */
  foreseen: readonly number[]
  happens: boolean
  spares: boolean
}

function verdict({ id }: Policy, says: string, { foreseen: [harmful = 0, other = 0], ...shown }: Shown): Verdict {
  const wrong = [
    ...(harmful === 0 ? ['the policy does not speak'] : []),
    ...(other > 0 ? ['the policy speaks of the other one'] : []),
    ...(shown.happens ? [] : ['it does not happen']),
    ...(shown.spares ? [] : ['it happens to the other one'])
  ]
  const why = wrong.length === 0 ? '' : ` (${wrong.join(', ')})`
  return { holds: wrong.length === 0, says: `${id}: ${says}${why}` }
}
