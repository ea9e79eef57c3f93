import type { Addition } from '../../src/engine/policy.ts'
import { known, unknown } from '../../src/inventory/fact.ts'
import { preStopSleep } from '../../src/policies/pre-stop-sleep.ts'
import { servicesTo } from '../support/facts.ts'
import { checkPolicy, deploymentWith, recording, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const web = (fields: JsonMap = {}): JsonMap => ({ name: 'web', ports: [{ containerPort: 8080 }], ...fields })
/** A pod with the default grace period: nothing shows who wrote it. */
const pod = (fields: JsonMap = {}): JsonMap => ({ containers: [web()], ...usual, ...fields })
const usual = { terminationGracePeriodSeconds: 30 }
const waiting = (lifecycle: JsonMap): JsonMap => deploymentWith({ containers: [web({ lifecycle })], ...usual })
const bare = deploymentWith(pod())
const unwritten = deploymentWith({ containers: [web()] })
const withGrace = (terminationGracePeriodSeconds: number, metadata: JsonMap = {}): JsonMap =>
  deploymentWith(pod({ terminationGracePeriodSeconds }), {}, metadata)
const applied = { managedFields: [{ manager: 'flux', operation: 'Apply', fieldsV1: {} }] }
const server = (minor: number): { serverVersion: { known: true; value: { major: number; minor: number } } } => ({
  serverVersion: { known: true, value: { major: 1, minor } }
})
const unasked = { serverVersion: unknown('the API server has not said its version') }

const at = 'containers[name=web].lifecycle.preStop'
const grace = 'terminationGracePeriodSeconds'
const portless = (metadata: JsonMap = {}): JsonMap =>
  deploymentWith({ containers: [{ name: 'web' }], ...usual }, {}, metadata)
const measured = (metadata: JsonMap = {}): JsonMap =>
  deploymentWith({ containers: [web({ ports: [{ containerPort: 9090, name: 'metrics' }] })], ...usual }, {}, metadata)
const unseen = { services: unknown('no cluster cache') }
const missing = (fix: string, why = ''): string =>
  `[pre-stop-sleep] spec.template.spec.${at}: has no preStop hook${why}; ${fix}`
const sleep = (seconds: number): { at: string; value: JsonMap } => ({ at, value: { sleep: { seconds } } })
/** A sleep that leaves little of a grace period, which should be so long instead. */
const telling = (seconds: number, left: string, instead: number): Addition => ({
  ...sleep(seconds),
  tells: {
    field: `spec.template.spec.${grace}`,
    problem: `${left} to stop after the injected sleep of ${seconds} s`,
    fix: `set it to ${instead} or more`
  }
})
const native = missing('add sleep: {seconds: 5}')
const doubtful = missing('add sleep: {seconds: 5}', ' (services unknown)')
const noNative = ' (server 1.29 has no native sleep)'
const old = missing('add exec: sleep 5', noNative)
const unclear = missing('add exec: sleep 5', ' (server version unknown)')
const before = (...values: JsonMap[]): JsonMap =>
  recording(...values.map((value) => ({ policy: 'pre-stop-sleep', at, value })))

/** A Service behind a load balancer that sends traffic to nodes with a pod, or to any. */
const balanced = (externalTrafficPolicy: string, metadata: JsonMap = {}): JsonMap => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', ...metadata },
  spec: {
    type: 'LoadBalancer',
    externalTrafficPolicy,
    selector: { app: 'web' },
    ports: [{ port: 80, targetPort: 8080 }]
  }
})
const byAddress = balanced('Cluster', {
  annotations: { 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip' }
})
const noticing = { parameters: { loadBalancerSeconds: 30 } }
const tooSoon = (least: number): string =>
  `[pre-stop-sleep] spec.template.spec.${at}: waits ${least} s, but the load balancer sends traffic for 30 s; let it wait for 30 s`

checkPolicy(preStopSleep, {
  accepts: {
    'a short sleep behind a load balancer, by default': {
      object: waiting({ preStop: { sleep: { seconds: 5 } } }),
      around: [balanced('Local')]
    },
    'a sleep that is as long as the load balancer takes': {
      object: waiting({ preStop: { sleep: { seconds: 30 } } }),
      around: [balanced('Local')],
      ...noticing
    },
    'a short sleep behind one that sends traffic to any node': {
      object: waiting({ preStop: { sleep: { seconds: 5 } } }),
      around: [balanced('Cluster')],
      ...noticing
    },
    'a short sleep without a Service': { object: waiting({ preStop: { sleep: { seconds: 5 } } }), ...noticing },
    'a sleep of no time behind a load balancer': {
      object: waiting({ preStop: { sleep: { seconds: 0 } } }),
      around: [balanced('Local')],
      ...noticing
    },
    'a hook that may wait for longer than it shows': {
      object: waiting({ preStop: { exec: { command: ['sh', '-c', 'sleep 5; drain'] } } }),
      around: [balanced('Local')],
      ...noticing
    },
    'a hook that needs a shell and has none, in a namespace that pins v1': {
      object: waiting({ preStop: { exec: { command: ['sleep', '$DRAIN_SECONDS'] } } }),
      version: 'v1'
    },
    'a native sleep': { object: waiting({ preStop: { sleep: { seconds: 5 } } }) },
    'a hook of any other kind, which may drain better than we': {
      object: waiting({ preStop: { exec: { command: ['/bin/drain'] } } })
    },
    'a sleep of no time: somebody said so': { object: waiting({ preStop: { sleep: { seconds: 0 } } }) },
    'a container that declares no port': { object: deploymentWith({ containers: [{ name: 'web' }] }) },
    'an init container with a port, which may have no hook': {
      object: deploymentWith({
        containers: [{ name: 'web' }],
        initContainers: [{ name: 'migrate', ports: [{ containerPort: 1 }] }]
      })
    },
    'a native sidecar, which is stopped after the others anyhow': {
      object: deploymentWith({
        containers: [{ name: 'web' }],
        initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [{ containerPort: 15001 }] }]
      })
    },
    'a DaemonSet': { object: workloadWith('DaemonSet', pod()) },
    'a Job, which would end later for nothing': { object: workloadWith('Job', pod()) },
    'a CronJob': { object: workloadWith('CronJob', pod()) },
    'a bare Pod': { object: workloadWith('Pod', pod()) },
    'nothing in baseline, where the policy is off': { object: bare, profile: 'baseline' }
  },
  rejects: {
    'a sleep that is shorter than the load balancer takes': {
      object: waiting({ preStop: { sleep: { seconds: 5 } } }),
      around: [balanced('Local')],
      ...noticing,
      says: [tooSoon(5)]
    },
    'a command that sleeps for less, before targets by address': {
      object: waiting({ preStop: { exec: { command: ['sleep', '20'] } } }),
      around: [byAddress],
      ...noticing,
      says: [tooSoon(20)]
    },
    'no hook behind such a load balancer': {
      object: bare,
      around: [balanced('Local')],
      ...noticing,
      says: [missing('add sleep: {seconds: 30} and a grace period of 60 s')]
    },
    'a hook that asks a port that nobody named': {
      object: waiting({ preStop: { httpGet: { path: '/stop', port: 'admin' } } }),
      says: [
        `[pre-stop-sleep] spec.template.spec.${at}.httpGet.port: the container has no port named admin, so the hook fails at once; name a port that it declares`
      ]
    },
    'a hook that needs a shell and has none': {
      object: waiting({ preStop: { exec: { command: ['sleep', '$DRAIN_SECONDS'] } } }),
      severity: 'unknown',
      says: [
        `[pre-stop-sleep] spec.template.spec.${at}.exec.command: nothing expands $DRAIN_SECONDS: the command runs without a shell (unless intended); run it by sh -c`
      ]
    },
    'a hook with a variable as probes have it': {
      object: deploymentWith({
        containers: [
          web({
            env: [{ name: 'DRAIN', value: '9' }],
            lifecycle: { preStop: { exec: { command: ['sleep', '$(DRAIN)'] } } }
          })
        ],
        ...usual
      }),
      severity: 'unknown',
      says: [
        `[pre-stop-sleep] spec.template.spec.${at}.exec.command: a hook does not expand $(DRAIN) (unless intended); use $DRAIN in a shell`
      ]
    },
    'a container that stops at once': { object: bare, says: [native] },
    'a container that declares no port, and that a Service leads to': {
      object: portless(),
      facts: { services: servicesTo(8080) },
      says: [native]
    },
    'a container that declares no port, where the Services are unknown': {
      object: portless(),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [doubtful]
    },
    'a hook at the start alone': { object: waiting({ postStart: { exec: { command: ['true'] } } }), says: [native] },
    'every container that serves, and no other': {
      object: deploymentWith({
        containers: [web(), { name: 'worker' }, { name: 'dns', ports: [{ containerPort: 53, protocol: 'UDP' }] }]
      }),
      says: [native, native.replace('web', 'dns')]
    },
    'a server without a native sleep': { object: bare, facts: server(29), says: [old] },
    'a server that is not known: a hook is missing all the same': { object: bare, facts: unasked, says: [unclear] },
    'a server that took the injected sleep away': {
      object: deploymentWith(pod(), {}, before({ sleep: { seconds: 5 } })),
      says: [missing('add exec: sleep 5', ' (an injected hook was removed)')]
    },
    'an older server, whatever was injected on a newer one': {
      object: deploymentWith(pod(), {}, before({ sleep: { seconds: 5 } })),
      facts: server(29),
      says: [old]
    },
    'a grace period that is too short for it': {
      object: withGrace(9),
      says: [missing('add sleep: {seconds: 5} and a grace period of 14 s')]
    },
    'a grace period that is too short for an exec hook': {
      object: withGrace(9),
      facts: server(29),
      says: [missing('add exec: sleep 5 and a grace period of 14 s', noNative)]
    },
    'the default grace period, where the sleep does not fit into it': {
      object: bare,
      parameters: { seconds: 60 },
      says: [missing('add sleep: {seconds: 60} and a grace period of 90 s')]
    },
    'a port for metrics that no Service leads to': {
      object: measured(),
      severity: 'unknown',
      says: [native.replace(';', ' (unless intended);')]
    },
    'a port for metrics that a Service leads to': {
      object: measured(),
      facts: { services: servicesTo('metrics') },
      says: [native]
    },
    'a port for metrics, where the Services are unknown': {
      object: measured(),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [doubtful]
    },
    'a command that serves nothing, though it declares a port': {
      object: deploymentWith({ containers: [web({ command: ['sleep', 'infinity'] })], ...usual }),
      severity: 'unknown',
      says: [native.replace(';', ' (unless intended);')]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', pod()), says: [native] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', pod()), says: [native] },
    'a Deployment in critical': { object: bare, profile: 'critical', says: [native] },
    'a sleep as long as the configuration wants': {
      object: bare,
      parameters: { seconds: 20 },
      says: [missing('add sleep: {seconds: 20}')]
    }
  },
  remedies: {
    'a sleep for as long as the load balancer takes': {
      object: deploymentWith(pod({ terminationGracePeriodSeconds: 120 })),
      around: [balanced('Local')],
      ...noticing,
      adds: [sleep(30)]
    },
    'a sleep that is as long as it was, while the Services are unknown': {
      object: deploymentWith(
        pod({ terminationGracePeriodSeconds: 120 }),
        {},
        recording({ policy: 'pre-stop-sleep', ...sleep(30) })
      ),
      facts: unseen,
      ...noticing,
      adds: [sleep(30)]
    },
    'a native sleep from 1.30 on': { object: bare, facts: server(30), adds: [sleep(5)] },
    'nothing on 1.29, which would drop the hook': { object: bare, facts: server(29), adds: [], leaves: [old] },
    'nothing where the server is not known': { object: bare, facts: unasked, adds: [], leaves: [unclear] },
    'on a later major release': {
      object: bare,
      facts: { serverVersion: known({ major: 2, minor: 0 }) },
      adds: [sleep(5)]
    },
    'beside a postStart hook': {
      object: waiting({ postStart: { exec: { command: ['true'] } } }),
      adds: [sleep(5)]
    },
    'where a Service leads, though no port is declared': {
      object: portless(),
      facts: { services: servicesTo(8080) },
      adds: [sleep(5)]
    },
    'not where a Service only may lead': { object: portless(), facts: unseen, adds: [], leaves: [doubtful] },
    'not for a port for metrics that no Service leads to': {
      object: measured(),
      adds: [],
      leaves: [native.replace(';', ' (unless intended);')]
    },
    'what was injected for a port for metrics before stays': {
      object: measured(before({ sleep: { seconds: 5 } })),
      adds: [sleep(5)]
    },
    'what was injected there before stays': {
      object: portless(before({ sleep: { seconds: 5 } })),
      facts: unseen,
      adds: [sleep(5)]
    },
    'for each container that serves': {
      object: deploymentWith({ containers: [web(), { name: 'admin', ports: [{ containerPort: 9090 }] }], ...usual }),
      adds: [sleep(5), { at: 'containers[name=admin].lifecycle.preStop', value: { sleep: { seconds: 5 } } }]
    },
    'as long as half of a grace period that may be written': {
      object: bare,
      parameters: { seconds: 20 },
      adds: [telling(15, 'a grace period of 30 s leaves 15 s', 60)]
    },
    'within a grace period that just has room for it': {
      object: withGrace(10),
      adds: [telling(5, 'a grace period of 10 s leaves 5 s', 15)]
    },
    'less, where a written grace period has less room': {
      object: withGrace(8),
      adds: [telling(3, 'a grace period of 8 s leaves 5 s', 15)]
    },
    'and says nothing where it takes a third': { object: withGrace(15), adds: [sleep(5)] },
    'with a longer grace period, where nobody wrote it': {
      object: withGrace(30, applied),
      adds: [sleep(5), { at: grace, value: 35, instead: 30 }]
    },
    'by as much as the configuration wants': {
      object: withGrace(30, applied),
      parameters: { seconds: 40 },
      adds: [sleep(40), { at: grace, value: 70, instead: 30 }]
    },
    'with a grace period, where there is none': { object: unwritten, adds: [sleep(5), { at: grace, value: 35 }] },
    'beside the sleep of an earlier release, which left the grace period': {
      object: withGrace(30, { ...applied, ...before({ sleep: { seconds: 5 } }) }),
      adds: [sleep(5), { at: grace, value: 35, instead: 30 }]
    },
    'within the grace period that was injected before': {
      object: withGrace(35, recording({ policy: 'pre-stop-sleep', at: grace, value: 35, instead: 30 })),
      adds: [sleep(5)]
    },
    'with a longer grace period than was injected before': {
      object: withGrace(45, recording({ policy: 'pre-stop-sleep', at: grace, value: 45, instead: 30 })),
      parameters: { seconds: 60 },
      adds: [sleep(60), { at: grace, value: 90, instead: 45 }]
    },
    'within the default, where another hook takes as long': {
      object: deploymentWith(
        { containers: [web(), { name: 'log', lifecycle: { preStop: { sleep: { seconds: 5 } } } }], ...usual },
        {},
        applied
      ),
      adds: [sleep(5)]
    },
    'as it was, where the server is not known: it has taken that before': {
      object: deploymentWith(pod(), {}, before({ sleep: { seconds: 7 } })),
      facts: unasked,
      adds: [sleep(7)]
    },
    'nothing of a record that is no sleep, where the server is not known': {
      object: deploymentWith(pod(), {}, before({ exec: { command: ['/bin/drain'] } })),
      facts: unasked,
      adds: [],
      leaves: [unclear]
    },
    'nothing of a record that is no hook at all, where the server is not known': {
      object: deploymentWith(pod(), {}, before({ sleep: 7 })),
      facts: unasked,
      adds: [],
      leaves: [unclear]
    },
    'nothing in a grace period that somebody wrote too short': {
      object: withGrace(6, applied),
      adds: [],
      leaves: [missing('add sleep: {seconds: 5} and a grace period of 11 s')]
    },
    'nothing where another hook needs more than a written grace period has': {
      object: deploymentWith({
        containers: [web(), { name: 'proxy', lifecycle: { preStop: { sleep: { seconds: 28 } } } }],
        terminationGracePeriodSeconds: 30
      }),
      adds: [],
      leaves: [missing('add sleep: {seconds: 5} and a grace period of 33 s')]
    }
  }
})
