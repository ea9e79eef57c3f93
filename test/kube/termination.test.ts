import t from 'tap'
import {
  hookedContainers,
  isNativeSidecar,
  mainContainers,
  takesHostPorts,
  tcpPorts
} from '../../src/kube/containers.ts'
import type { Container, Hook, PodSpec } from '../../src/kube/pod.ts'
import {
  defaultGraceSeconds,
  fitGrace,
  fitSleep,
  graceBeside,
  type GraceFit,
  graceSeconds,
  hookSeconds,
  longestPreStop,
  type SleepFit,
  unreadHooks
} from '../../src/kube/termination.ts'
import { parseWorkload } from '../../src/kube/workload.ts'

const pod: PodSpec = {
  containers: [
    { name: 'web', ports: [{ containerPort: 8080 }] },
    { name: 'worker' },
    { name: 'dns', ports: [{ containerPort: 53, protocol: 'UDP' }] },
    { name: 'idle', ports: [] },
    { ports: [{ containerPort: 9090 }] }
  ],
  initContainers: [
    { name: 'migrate', ports: [{ containerPort: 1 }] },
    { name: 'proxy', restartPolicy: 'Always', ports: [{ containerPort: 15001 }] },
    { restartPolicy: 'Always' },
    { name: 'retry', restartPolicy: 'OnFailure' }
  ]
}

void t.test('which containers are meant', (test) => {
  const hooked = hookedContainers(pod).map(({ at }) => at)
  const beside = ['initContainers[name=proxy]', 'initContainers[2]']
  const main = [
    'containers[name=web]',
    'containers[name=worker]',
    'containers[name=dns]',
    'containers[name=idle]',
    'containers[4]'
  ]
  test.same(
    mainContainers(pod).map(({ at }) => at),
    main,
    'no name means the index'
  )
  test.same(hooked, [...main, ...beside], 'hooks run in the main ones and in native sidecars')
  test.equal(mainContainers(pod)[0]?.container, pod.containers?.[0], 'they point into the pod')
  test.same(mainContainers({}), [], 'a pod without containers has none')
  test.same(hookedContainers({}), [], 'a pod without containers has none with hooks')
  test.same(hookedContainers({ initContainers: [{ name: 'migrate' }] }), [], 'an init container is over before the end')
  test.end()
})

void t.test('isNativeSidecar', (test) => {
  test.ok(isNativeSidecar({ restartPolicy: 'Always' }), 'one that always restarts')
  for (const restartPolicy of ['always', 'OnFailure', 'Never', '']) {
    test.notOk(isNativeSidecar({ restartPolicy }), `restartPolicy ${JSON.stringify(restartPolicy)}`)
  }
  test.notOk(isNativeSidecar({}), 'no restartPolicy')
  test.end()
})

void t.test('tcpPorts', (test) => {
  const cases: readonly (readonly [fact: string, container: Container, ports: number[]])[] = [
    ['no ports', {}, []],
    ['an empty list', { ports: [] }, []],
    ['a port without protocol is TCP', { ports: [{ containerPort: 80 }] }, [80]],
    [
      'UDP and SCTP are not',
      {
        ports: [
          { containerPort: 53, protocol: 'UDP' },
          { containerPort: 9, protocol: 'SCTP' }
        ]
      },
      []
    ],
    [
      'one number under two protocols',
      {
        ports: [
          { containerPort: 53, protocol: 'UDP' },
          { containerPort: 53, protocol: 'TCP' }
        ]
      },
      [53]
    ],
    ['a port without number is none', { ports: [{ name: 'http' }] }, []],
    ['the order stays', { ports: [{ containerPort: 9090, name: 'm' }, { containerPort: 80 }] }, [9090, 80]]
  ]
  for (const [fact, container, ports] of cases) test.same(tcpPorts(container), ports, fact)
  test.end()
})

void t.test('takesHostPorts', (test) => {
  const declared = { name: 'web', ports: [{ containerPort: 8080 }] }
  const bound = { name: 'web', ports: [{ containerPort: 8080 }, { containerPort: 8443, hostPort: 8443 }] }
  const cases: readonly (readonly [fact: string, spec: PodSpec, takes: boolean])[] = [
    ['nothing', {}, false],
    ['a declared port is one of the pod', { containers: [declared] }, false],
    ['a host port', { containers: [bound] }, true],
    ['a host port of 0 is none', { containers: [{ ports: [{ containerPort: 80, hostPort: 0 }] }] }, false],
    ['a declared port on the host network', { containers: [declared], hostNetwork: true }, true],
    ['a declared port beside the host network', { containers: [declared], hostNetwork: false }, false],
    ['the host network without a declared port', { containers: [{ name: 'web' }], hostNetwork: true }, false],
    [
      'a native sidecar with a host port',
      { containers: [declared], initContainers: [{ ...bound, restartPolicy: 'Always' }] },
      true
    ],
    ['an init container, which is gone by then', { containers: [declared], initContainers: [bound] }, false],
    [
      'a native sidecar on the host network',
      { containers: [], initContainers: [{ ...declared, restartPolicy: 'Always' }], hostNetwork: true },
      true
    ]
  ]
  for (const [fact, spec, takes] of cases) test.equal(takesHostPorts(spec), takes, fact)
  test.end()
})

const sh = (script: string): Hook => ({ exec: { command: ['/bin/sh', '-c', script] } })
const run = (...command: string[]): Hook => ({ exec: { command } })

const hooks: readonly (readonly [fact: string, hook: Hook, seconds: number | undefined])[] = [
  ['a native sleep', { sleep: { seconds: 5 } }, 5],
  ['a native sleep without seconds is 0', { sleep: {} }, 0],
  ['an HTTP hook cannot be read', { httpGet: { path: '/drain', port: 8080 } }, undefined],
  ['a TCP hook cannot be read', { tcpSocket: { port: 8080 } }, undefined],
  ['a hook without handler cannot be read', {}, undefined],
  ['an exec without command cannot be read', { exec: {} }, undefined],
  ['an exec with an empty command cannot be read', run(), undefined],
  ['sleep itself', run('sleep', '10'), 10],
  ['sleep by its path', run('/bin/sleep', '10'), 10],
  ['sleep by its other path', run('/usr/bin/sleep', '10s'), 10],
  ['sleep without an argument', run('sleep'), undefined],
  ['sleep for a fraction', run('sleep', '0.5'), undefined],
  ['sleep for minutes', run('sleep', '1m'), undefined],
  ['sleep for ever', run('sleep', 'infinity'), undefined],
  ['sleep for a negative time', run('sleep', '-5'), undefined],
  ['sleep for more digits than anyone waits', run('sleep', '1234567890'), undefined],
  ['another program', run('nginx', '-s', 'quit'), undefined],
  ['a program whose argument is sleep', run('echo', 'sleep', '10'), undefined],
  ['a shell that sleeps', sh('sleep 15'), 15],
  ['a shell that sleeps with a unit', sh('sleep 15s'), 15],
  ['a shell that sleeps by path', sh('/bin/sleep 15'), 15],
  ['a shell that sleeps by its other path', sh('/usr/bin/sleep 15'), 15],
  ['a shell with blanks around', sh('  sleep   15  '), 15],
  ['a shell that sleeps, then stops a server', sh('sleep 15 && nginx -s quit'), 15],
  ['a shell that sleeps, then does anything', sh('sleep 15; kill -QUIT 1'), 15],
  ['bash', run('bash', '-c', 'sleep 3'), 3],
  ['a shell with more options', run('/bin/bash', '-ec', 'sleep 3'), 3],
  ['a shell without -c runs a file', run('sh', 'sleep 3'), undefined],
  ['a shell with a script to read', run('sh', '-s', 'sleep 3'), undefined],
  ['a shell without a script', run('sh', '-c'), undefined],
  ['a shell that does something first', sh('touch /run/draining; sleep 15'), 15],
  ['a shell that does something first, on a line of its own', sh('set -e\ncurl -s localhost/drain\nsleep 15\n'), 15],
  ['a shell that sleeps by path after something', sh('cd /srv && /bin/sleep 15'), 15],
  ['a shell that signals without stopping', sh('kill -USR1 1; sleep 15'), 15],
  ['another spelling of that', sh('pkill -s SIGHUP haproxy && sleep 15'), 15],
  ['several sleeps add up', sh('sleep 5; echo half; sleep 7 && usr/bin/true; sleep 3s'), 15],
  ['quotes hide operators', sh(`echo "stopping; soon" && echo 'a && b' && sleep 15`), 15],
  ['output that goes elsewhere', sh('curl -s localhost/drain >/dev/null 2>&1; sleep 15 > /proc/1/fd/1'), 15],
  ['a comment', sh('# sleep 5\nsleep 15 # then go'), 15],
  ['a substitution', sh('kill -USR2 $(cat /run/app.pid); sleep 15'), 15],
  ['a variable that is set', sh('WAIT=15; sleep 15'), 15],
  ['a line that goes on', sh('echo stopping \\\n && sleep 15'), 15],
  ['what happens only if something fails is skipped', sh('curl localhost/drain || sleep 60; sleep 15'), 15],
  ['what ends it', sh('sleep 15; exit 0; sleep 60'), 15],
  ['a sleep after the application was told to stop', sh('nginx -s quit; sleep 15'), undefined],
  ['a sleep after a signal that stops', sh('kill -TERM 1 && sleep 15'), undefined],
  ['a sleep after a plain kill', sh('kill 1; sleep 15'), undefined],
  ['a sleep before and after that', sh('sleep 5; kill 1; sleep 15'), 5],
  ['a sleep on a condition', sh('[ -f /run/leader ] && sleep 15'), undefined],
  ['a sleep on another condition', sh('pgrep nginx && sleep 15'), undefined],
  ['a sleep unless a condition holds', sh('test -f /run/idle || sleep 15'), undefined],
  ['a sleep if a program says so', sh('/app/is-leader && sleep 15'), undefined],
  ['a sleep if a command fails', sh('curl localhost/drain || sleep 15'), undefined],
  ['a sleep in a condition', sh('if [ -f /run/leader ]; then sleep 15; fi'), undefined],
  ['a sleep in a loop', sh('while pgrep nginx; do sleep 1; done'), undefined],
  ['a sleep in a group', sh('(sleep 15)'), undefined],
  ['a sleep that another program runs', sh('timeout 5 sleep 15'), undefined],
  ['a sleep after a program that is not named', sh('$DRAIN; sleep 15'), undefined],
  ['a sleep that is only said', sh('echo sleep 15'), undefined],
  ['a sleep that is only said, with a sign', sh('echo "x; sleep 15"'), undefined],
  ['a sleep in text for a program', sh('cat <<X\nsleep 15\nX'), undefined],
  ['a quote without end', sh(`sleep 5; echo 'x; sleep 15`), 5],
  ['a sleep in the background', sh('sleep 15 & nginx -s quit'), undefined],
  ['a sleep in a pipe', sh('sleep 15 | cat'), undefined],
  ['a sleep for a variable', sh('sleep $WAIT'), undefined],
  ['a sleep for minutes in a shell', sh('sleep 1m'), undefined],
  ['a word that starts with sleep', sh('sleeper 15'), undefined],
  ['a word that ends with sleep', sh('usleep 15'), undefined],
  ['a sleep without blank', sh('sleep15'), undefined]
]

void t.test('hookSeconds', (test) => {
  for (const [fact, hook, seconds] of hooks) test.equal(hookSeconds(hook), seconds, fact)
  test.end()
})

void t.test('a long script is read in one go', (test) => {
  const many = 7000
  test.equal(hookSeconds(sh('sleep 1;'.repeat(many))), many)
  for (const odd of ['"', "'", '$(', '\\', 'a', '> ', '#']) {
    test.equal(hookSeconds(sh(`sleep 1; ${odd.repeat(many)}`)), 1, `after it ${odd} many times`)
  }
  test.end()
})

const hooked = (name: string, preStop: Hook): Container => ({ name, lifecycle: { preStop } })

void t.test('a script that is longer than any hook is not read', (test) => {
  const hook = sh('sleep 1;'.repeat(9000))
  test.equal(hookSeconds(hook), undefined)
  test.equal(unreadHooks({ containers: [{ name: 'web', lifecycle: { preStop: hook } }] }).length, 1)
  test.end()
})

void t.test('unreadHooks', (test) => {
  const read = (preStop: Hook): boolean => unreadHooks({ containers: [hooked('web', preStop)] }).length === 0
  for (const script of ['sleep 15', 'sleep 15; nginx -s quit', 'sleep 15 && /app/drain', 'sleep 5; kill 1 || true']) {
    test.ok(read(sh(script)), script)
  }
  for (const script of ['nginx -s quit', 'nginx -s quit; sleep 60', 'sleep 5; kill 1; sleep 9', 'sleep 5; sleep $X']) {
    test.notOk(read(sh(script)), script)
  }
  test.ok(read({ sleep: { seconds: 0 } }), 'a native sleep')
  for (const hook of [run('/drain'), { httpGet: { port: 80 } }, { tcpSocket: { port: 80 } }, {}]) {
    test.notOk(read(hook), JSON.stringify(hook))
  }
  const drain = run('/drain')
  const spec: PodSpec = {
    containers: [{ name: 'web' }, hooked('api', drain), hooked('db', { sleep: { seconds: 5 } })],
    initContainers: [hooked('migrate', drain), { ...hooked('proxy', drain), restartPolicy: 'Always' }]
  }
  test.strictSame(
    unreadHooks(spec).map(({ at }) => at),
    ['containers[name=api]', 'initContainers[name=proxy]'],
    'of every container whose hook runs'
  )
  test.end()
})

const stops = (name: string, seconds: number): Container => ({ name, lifecycle: { preStop: { sleep: { seconds } } } })

void t.test('longestPreStop', (test) => {
  const cases: readonly (readonly [fact: string, spec: PodSpec, longest: number | undefined])[] = [
    ['no containers', {}, undefined],
    ['no hooks', { containers: [{ name: 'web' }, { name: 'api', lifecycle: {} }] }, undefined],
    ['no readable hook', { containers: [{ name: 'web', lifecycle: { preStop: run('drain') } }] }, undefined],
    ['the only one', { containers: [{ name: 'web' }, stops('api', 5)] }, 5],
    ['the longest, as they run side by side', { containers: [stops('a', 5), stops('b', 9), stops('c', 7)] }, 9],
    ['one of equals', { containers: [stops('a', 5), stops('b', 5)] }, 5],
    ['one of 0 seconds counts too', { containers: [stops('a', 0)] }, 0],
    [
      'a native sidecar counts',
      { containers: [stops('a', 5)], initContainers: [{ ...stops('proxy', 20), restartPolicy: 'Always' }] },
      20
    ],
    ['an init container does not', { containers: [stops('a', 5)], initContainers: [stops('b', 20)] }, 5],
    [
      'an unreadable one does not hide the others',
      {
        containers: [
          { name: 'a', lifecycle: { preStop: run('drain') } },
          { name: 'b', lifecycle: { preStop: sh('sleep 4') } }
        ]
      },
      4
    ]
  ]
  for (const [fact, spec, longest] of cases) test.equal(longestPreStop(spec), longest, fact)
  test.end()
})

void t.test('graceSeconds', (test) => {
  test.equal(defaultGraceSeconds, 30)
  test.equal(graceSeconds({}), 30, 'absent is the default')
  test.equal(graceSeconds({ terminationGracePeriodSeconds: 0 }), 0, '0 is stated')
  test.equal(graceSeconds({ terminationGracePeriodSeconds: 600 }), 600, 'what is stated counts')
  test.end()
})

const at = 'terminationGracePeriodSeconds'
const apply = { operation: 'Apply', fieldsV1: { 'f:spec': {} } }
const deployment = (spec: PodSpec, ...managedFields: unknown[]): unknown => ({
  metadata: { managedFields },
  spec: { template: { spec } }
})
const raisedTo = (value: number, instead?: number) => ({ at, value, ...(instead !== undefined && { instead }) })
const raise = (value: number, instead?: number): GraceFit => ({ state: 'raise', addition: raisedTo(value, instead) })
const fits = { state: 'fits' } as const
const tooShort = { state: 'too-short' } as const
const parsed = (object: unknown) => parseWorkload('Deployment', object)

type Fit = readonly [fact: string, object: unknown, shutdownSeconds: number, fit: GraceFit]

const hookOf = (seconds: number, grace?: number) => ({
  containers: [stops('a', seconds)],
  ...(grace !== undefined && { [at]: grace })
})

const graceFits: readonly Fit[] = [
  ['the default has room', deployment(hookOf(5)), 20, fits],
  ['room for just that is enough', deployment(hookOf(5, 25)), 20, fits],
  ['an absent grace period is made', deployment(hookOf(20)), 20, raise(40)],
  ['one that the API server filled in is raised', deployment(hookOf(20, 30), apply), 20, raise(40, 30)],
  ['one that may be written is left', deployment(hookOf(20, 30)), 20, tooShort],
  ['one that is not the default is left', deployment(hookOf(20, 35), apply), 20, tooShort],
  ['0 is left', deployment(hookOf(5, 0)), 0, tooShort],
  ['an hour may be needed', deployment(hookOf(3600)), 0, raise(3600)],
  ['more than an hour is a mistake', deployment(hookOf(3600)), 1, tooShort]
]

void t.test('fitGrace', (test) => {
  for (const [fact, object, shutdownSeconds, fit] of graceFits) {
    test.strictSame(fitGrace(parsed(object), shutdownSeconds), fit, fact)
  }
  const injectedBefore: readonly (readonly [fact: string, grace: number, injected: unknown, fit: GraceFit])[] = [
    ['one that was injected is raised again', 45, 45, raise(65, 45)],
    ['one that has been changed since is left', 50, 45, tooShort],
    ['a default that nobody injected is left', 30, 30, tooShort],
    ['a value below the default never was injected', 20, 20, tooShort],
    ['a record that is no number shows nothing', 45, '45', tooShort],
    ['one that has room stays as it is', 90, 90, fits]
  ]
  for (const [fact, grace, injected, fit] of injectedBefore) {
    test.strictSame(fitGrace(parsed(deployment(hookOf(60, grace))), 5, injected), fit, fact)
  }
  test.end()
})

const sleeps = (seconds: number, raised?: number, instead?: number): SleepFit => ({
  state: 'fits',
  seconds,
  ...(raised !== undefined && { raise: raisedTo(raised, instead) })
})

interface Sleep {
  of?: number
  grace?: number
  /** Of another container. */
  hook?: number
  unwritten?: boolean
  shutdownSeconds?: number
  injected?: unknown
}

function fitOf({ of: seconds = 5, grace, hook, unwritten = false, shutdownSeconds = 5, injected }: Sleep): SleepFit {
  const containers = hook === undefined ? [] : [stops('a', hook)]
  const spec = { containers, ...(grace !== undefined && { [at]: grace }) }
  return fitSleep(parsed(deployment(spec, ...(unwritten ? [apply] : []))), { seconds, shutdownSeconds, injected })
}

const sleepFits: readonly (readonly [fact: string, sleep: Sleep, fit: SleepFit])[] = [
  ['a default that nobody wrote is raised by it', { grace: 30, unwritten: true }, sleeps(5, 35, 30)],
  ['so is an absent one', {}, sleeps(5, 35)],
  ['by no more than a hook beside it leaves', { hook: 3 }, sleeps(5, 32)],
  ['not for a sleep that ends before that hook', { hook: 7 }, sleeps(5)],
  ['to where a longer hook beside it fits', { hook: 50 }, sleeps(5, 55)],
  ['to where the shutdown fits', { shutdownSeconds: 60 }, sleeps(5, 65)],
  ['up to an hour', { of: 300, hook: 3595 }, sleeps(300, 3600)],
  ['not beyond', { of: 300, hook: 3596 }, tooShort],
  ['one that was raised for it is left', { grace: 35, injected: 35 }, sleeps(5)],
  ['one that was raised for a shorter one is raised again', { of: 20, grace: 35, injected: 35 }, sleeps(20, 50, 35)],
  ['one that was raised for more has room', { grace: 90, injected: 90 }, sleeps(5)],
  ['one that may be written is left', { grace: 30 }, sleeps(5)],
  ['one that is not the default is left', { grace: 31, unwritten: true }, sleeps(5)],
  ['half of a short one at most', { grace: 10 }, sleeps(5)],
  ['half, rounded down', { grace: 9, shutdownSeconds: 0 }, sleeps(4)],
  ['half of a longer one', { of: 20, grace: 30 }, sleeps(15)],
  ['less than half, where the shutdown needs more', { grace: 8 }, sleeps(3)],
  ['as long as the hook beside it', { of: 20, grace: 30, hook: 18 }, sleeps(18)],
  ['two seconds at least', { grace: 7 }, sleeps(2)],
  ['not less', { grace: 6 }, tooShort],
  ['one second where no more is wanted', { of: 1, grace: 6 }, sleeps(1)],
  ['none in a second', { of: 1, grace: 1, shutdownSeconds: 0 }, tooShort],
  ['none where the hook beside it is too long', { grace: 30, hook: 28 }, tooShort],
  ['none where the pod is killed at once', { grace: 0, shutdownSeconds: 0 }, tooShort]
]

void t.test('fitSleep', (test) => {
  for (const [fact, sleep, fit] of sleepFits) test.strictSame(fitOf(sleep), fit, fact)
  test.end()
})

/** For a sleep of 5 s and a shutdown of 5 s. */
const beside = (grace: number, hook?: number) => {
  const containers = hook === undefined ? [] : [stops('a', hook)]
  return graceBeside(parsed(deployment({ containers, [at]: grace })), { seconds: 5, shutdownSeconds: 5 })
}

void t.test('graceBeside', (test) => {
  test.equal(beside(30), undefined, 'it has room')
  test.equal(beside(10), undefined, 'it just has room')
  test.equal(beside(9), 14, 'as long to stop as before')
  test.equal(beside(9, 2), 12, 'the hook beside it takes its time already')
  test.equal(beside(2), 10, 'the shutdown fits')
  test.equal(beside(30, 28), 33, 'the hook beside it fits')
  test.end()
})
