import { terminationBudget } from '../../src/policies/termination-budget.ts'
import { checkPolicy, deploymentWith, recording, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const hooked = (preStop: JsonMap, name = 'web'): JsonMap => ({ name, lifecycle: { preStop } })
const sleeping = (seconds: number, grace?: number): JsonMap => ({
  containers: [hooked({ sleep: { seconds } })],
  ...(grace !== undefined && { terminationGracePeriodSeconds: grace })
})
const running = (command: readonly string[], grace: number): JsonMap => ({
  containers: [hooked({ exec: { command } })],
  terminationGracePeriodSeconds: grace
})
const killed: JsonMap = { containers: [{ name: 'web' }], terminationGracePeriodSeconds: 0 }

const applyManager = (fields: JsonMap): JsonMap => ({ manager: 'flux', operation: 'Apply', fieldsV1: fields })
const listed = { 'f:spec': { 'f:template': { 'f:spec': { 'f:terminationGracePeriodSeconds': {} } } } }
const byServerSideApply = (fields: JsonMap = {}): JsonMap => ({ managedFields: [applyManager(fields)] })
const byClientSideApply = (spec: JsonMap): JsonMap => ({
  managedFields: [{ manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: listed }],
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { template: { spec } } }) }
})

const place = 'spec.template.spec.terminationGracePeriodSeconds'
const short = (grace: number, hook: number, stop = 5): string =>
  `[termination-budget] ${place}: ${grace} s is too short: preStop takes ${hook} s, shutdown ${stop} s; ` +
  `set it to ${hook + stop} or more`
const mayTake =
  '[termination-budget] spec.template.spec.containers[name=web].lifecycle.preStop: ' +
  'preStop may take too long (hook time unknown); keep the hook and shutdown within 30 s'
const unread = { severity: 'unknown' as const, told: 'never' as const, says: [mayTake] }
const kill = `[termination-budget] ${place}: 0 s kills the pods without warning; leave it out, or set it to 30`
const toFifty = [{ at: 'terminationGracePeriodSeconds', value: 50, instead: 30 }]
const raisedBefore = recording({
  policy: 'termination-budget',
  at: 'terminationGracePeriodSeconds',
  value: 50,
  instead: 30
})
const left = { adds: [], leaves: [short(30, 45)] }

checkPolicy(terminationBudget, {
  accepts: {
    'nothing said: 30 s and no hook': { object: deploymentWith({ containers: [{ name: 'web' }] }) },
    'a hook that leaves exactly the time to stop': { object: deploymentWith(sleeping(25, 30)) },
    'a hook that leaves it of the default': { object: deploymentWith(sleeping(25)) },
    'hooks side by side: the longest counts, not their sum': {
      object: deploymentWith({
        containers: [hooked({ sleep: { seconds: 20 } }), hooked({ sleep: { seconds: 20 } }, 'proxy')],
        terminationGracePeriodSeconds: 30
      })
    },
    'a script whose sleeps together leave the time to stop': {
      object: deploymentWith(running(['sh', '-c', 'sleep 10; echo stopping; sleep 15; nginx -s quit'], 30))
    },
    'an unreadable hook without grace, which never runs': {
      object: workloadWith('Job', running(['/bin/drain.sh'], 0))
    },
    'a hook of an init container, which is over by then': {
      object: deploymentWith({ containers: [{ name: 'web' }], initContainers: [hooked({ sleep: { seconds: 60 } })] })
    },
    'a short grace period that somebody wants': {
      object: deploymentWith({ containers: [{ name: 'web' }], terminationGracePeriodSeconds: 1 })
    },
    'a whole grace period for the hook, where stopping takes no time': {
      object: deploymentWith(sleeping(30, 30)),
      shutdownSeconds: 0
    },
    'a Job without grace: nothing rolls it': { object: workloadWith('Job', killed) },
    'a bare Pod without grace': { object: workloadWith('Pod', killed) }
  },
  rejects: {
    'no grace at all': { object: deploymentWith(killed), says: [kill] },
    'a hook that takes a second too long': { object: deploymentWith(sleeping(26, 30)), says: [short(30, 26)] },
    'a hook that takes more than the default': { object: deploymentWith(sleeping(45)), says: [short(30, 45)] },
    'more time to stop by configuration': {
      object: deploymentWith(sleeping(10, 30)),
      shutdownSeconds: 25,
      says: [short(30, 10, 25)]
    },
    'a shell that sleeps first': {
      object: deploymentWith(running(['/bin/sh', '-c', 'sleep 30 && nginx -s quit'], 30)),
      says: [short(30, 30)]
    },
    'a shell that sleeps after another command': {
      object: deploymentWith(running(['sh', '-c', 'kill -HUP 1; sleep 45'], 30)),
      says: [short(30, 45)]
    },
    'a shell that sleeps once another command has succeeded': {
      object: deploymentWith(running(['/bin/bash', '-c', 'touch /run/draining && /bin/sleep 45'], 30)),
      says: [short(30, 45)]
    },
    'a shell whose sleeps add up': {
      object: deploymentWith(running(['sh', '-c', 'sleep 20; rm /run/ready; sleep 20'], 30)),
      says: [short(30, 40)]
    },
    'a hook whose time nobody can read': {
      object: deploymentWith(running(['/bin/drain.sh'], 30)),
      ...unread
    },
    'a sleep after the application was told to stop, which does not delay it': {
      object: deploymentWith(running(['sh', '-c', 'nginx -s quit; sleep 60'], 30)),
      ...unread
    },
    'minutes, which are not read': { object: deploymentWith(running(['sleep', '10m'], 30)), ...unread },
    'an HTTP hook': {
      object: deploymentWith({ containers: [hooked({ httpGet: { path: '/drain', port: 80 } })] }),
      ...unread
    },
    'a plain sleep': { object: deploymentWith(running(['/bin/sleep', '28s'], 30)), says: [short(30, 28)] },
    'the longest of several hooks': {
      object: deploymentWith({
        containers: [hooked({ sleep: { seconds: 5 } }), hooked({ sleep: { seconds: 40 } }, 'proxy')]
      }),
      says: [short(30, 40)]
    },
    'a native sidecar, whose hook starts with the others': {
      object: deploymentWith({
        containers: [{ name: 'web' }],
        initContainers: [{ ...hooked({ sleep: { seconds: 40 } }, 'proxy'), restartPolicy: 'Always' }]
      }),
      says: [short(30, 40)]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', killed), says: [kill] },
    'a DaemonSet': { object: workloadWith('DaemonSet', killed), says: [kill] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', killed), says: [kill] },
    'a Job whose hook takes too long': { object: workloadWith('Job', sleeping(45, 30)), says: [short(30, 45)] },
    'a CronJob, by the path to its pods': {
      object: workloadWith('CronJob', sleeping(45, 30)),
      says: [short(30, 45).replace('spec.', 'spec.jobTemplate.spec.')]
    },
    'a bare Pod': {
      object: workloadWith('Pod', sleeping(45, 30)),
      severity: 'unknown',
      says: [short(30, 45).replace('template.spec.', '').replace(';', ' (unless intended);')]
    },
    'no grace in baseline': { object: deploymentWith(killed), profile: 'baseline', says: [kill] },
    'no grace in critical': { object: deploymentWith(killed), profile: 'critical', says: [kill] }
  },
  remedies: {
    'raised where a server-side apply shows that nobody wrote it': {
      object: deploymentWith(sleeping(45, 30), {}, byServerSideApply()),
      adds: toFifty
    },
    'raised where a client-side apply shows that nobody wrote it': {
      object: deploymentWith(sleeping(45, 30), {}, byClientSideApply({ containers: [] })),
      adds: toFifty
    },
    'added where the server has filled nothing in': {
      object: deploymentWith(sleeping(45)),
      adds: [{ at: 'terminationGracePeriodSeconds', value: 50 }]
    },
    'by as much as the configuration wants for stopping': {
      object: deploymentWith(sleeping(45, 30), {}, byServerSideApply()),
      shutdownSeconds: 15,
      adds: [{ at: 'terminationGracePeriodSeconds', value: 60, instead: 30 }]
    },
    'for what was read of a hook; the rest stays unknown': {
      object: deploymentWith(
        running(['sh', '-c', 'sleep 45; while true; do sleep 1; done'], 30),
        {},
        byServerSideApply()
      ),
      adds: toFifty,
      leaves: [mayTake.replace('30 s', '50 s')]
    },
    'of a CronJob by its own path': {
      object: workloadWith('CronJob', sleeping(45, 30), {}, byServerSideApply()),
      adds: toFifty
    },
    'up to an hour': {
      object: deploymentWith(sleeping(3595, 30), {}, byServerSideApply()),
      adds: [{ at: 'terminationGracePeriodSeconds', value: 3600, instead: 30 }]
    },
    'raised again where it was raised before': {
      object: deploymentWith(sleeping(60, 50), {}, raisedBefore),
      adds: [{ at: 'terminationGracePeriodSeconds', value: 65, instead: 50 }]
    },
    'not what was injected once a manifest states it': {
      object: deploymentWith(sleeping(60, 50), {}, { ...raisedBefore, ...byServerSideApply(listed) }),
      adds: [],
      leaves: [short(50, 60)]
    },
    'not what another policy is recorded to have injected': {
      object: deploymentWith(
        sleeping(60, 50),
        {},
        recording({ policy: 'readiness-probe', at: 'terminationGracePeriodSeconds', value: 50, instead: 30 })
      ),
      adds: [],
      leaves: [short(50, 60)]
    },
    'not where somebody has changed what was injected': {
      object: deploymentWith(sleeping(60, 55), {}, raisedBefore),
      adds: [],
      leaves: [short(55, 60)]
    },
    'not a default, whatever the record says': {
      object: deploymentWith(
        sleeping(45, 30),
        {},
        recording({ policy: 'termination-budget', at: 'terminationGracePeriodSeconds', value: 30 })
      ),
      ...left
    },
    'not beyond an hour: such a hook is a mistake': {
      object: deploymentWith(sleeping(3596, 30), {}, byServerSideApply()),
      adds: [],
      leaves: [short(30, 3596)]
    },
    'not where a server-side apply lists it': {
      object: deploymentWith(sleeping(45, 30), {}, byServerSideApply(listed)),
      ...left
    },
    'not where a client-side apply states it': {
      object: deploymentWith(sleeping(45, 30), {}, byClientSideApply({ terminationGracePeriodSeconds: 30 })),
      ...left
    },
    'not where nothing shows who wrote it': { object: deploymentWith(sleeping(45, 30)), ...left },
    'not where another manager has it': {
      object: deploymentWith(
        sleeping(45, 30),
        {},
        {
          managedFields: [applyManager({}), { manager: 'kubectl-edit', operation: 'Update', fieldsV1: listed }]
        }
      ),
      ...left
    },
    'not a value that no default could be': {
      object: deploymentWith(sleeping(45, 31), {}, byServerSideApply()),
      adds: [],
      leaves: [short(31, 45)]
    },
    'not a zero, which somebody wrote': {
      object: deploymentWith(killed, {}, byServerSideApply()),
      adds: [],
      leaves: [kill]
    }
  }
})
