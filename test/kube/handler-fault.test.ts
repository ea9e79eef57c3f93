import t from 'tap'
import { faultOfHook, faultOfProbe } from '../../src/kube/handler-fault.ts'
import type { Container } from '../../src/kube/pod.ts'

const container: Container = {
  name: 'web',
  ports: [{ containerPort: 8080, name: 'http' }, { containerPort: 9090 }],
  env: [
    { name: 'HOST', value: 'db' },
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'TWICE', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
    { name: 'TWICE', value: 'later' }
  ]
}

const inProbe = (...command: string[]) => faultOfProbe({ exec: { command } }, container)
const inHook = (...command: string[]) => faultOfHook({ exec: { command } }, container)
const at = 'exec.command'

void t.test('a port by name is one of the same container', (test) => {
  const named = (port: string | number) => faultOfProbe({ httpGet: { port } }, container)
  test.strictSame(named('web'), { at: 'httpGet.port', kind: 'no port', name: 'web' })
  test.equal(named('http'), undefined)
  test.equal(named(1), undefined, 'a number that nobody declares may be open all the same')
  test.strictSame(faultOfProbe({ tcpSocket: { port: 'web' } }, {}), {
    at: 'tcpSocket.port',
    kind: 'no port',
    name: 'web'
  })
  test.match(faultOfHook({ httpGet: { port: 'web' } }, container), { kind: 'no port' })
  test.equal(faultOfProbe({ grpc: { port: 1 } }, container), undefined)
  test.equal(faultOfProbe({}, container), undefined)
  test.end()
})

void t.test('without a shell nothing expands a variable', (test) => {
  test.strictSame(inProbe('check', '--host=$HOST'), { at, kind: 'no shell', text: '$HOST', name: 'HOST' })
  test.strictSame(inProbe('check', '${PGUSER}'), { at, kind: 'no shell', text: '${PGUSER}', name: 'PGUSER' })
  test.match(inProbe('/scripts/check.sh', '$HOST'), { kind: 'no shell' }, 'a script is no shell')
  test.match(inHook('sleep', '$SECONDS_TO_DRAIN'), { kind: 'no shell', name: 'SECONDS_TO_DRAIN' })
  test.end()
})

void t.test('what expands it, or means something else by it', (test) => {
  for (const command of [
    ['sh', '-c', 'check $HOST'],
    ['/bin/bash', '-ec', 'check ${HOST}'],
    ['env', 'sh', '-c', 'check $HOST'],
    ['timeout', '5', 'sh', '-c', 'check $HOST'],
    ['busybox', 'wget', '$HOST'],
    ['pwsh', '-Command', '$ENV'],
    ['awk', '{ print $NF }', 'file'],
    ['su', 'app', '-c', 'check $HOST'],
    ['node', '-e', 'fetch(`http://${HOST}`)'],
    ['check', '$host'],
    ['check', '^a$'],
    ['check', '$1', '$F'],
    ['check', '$(HOST)'],
    ['check', '$(UNHEARD_OF)'],
    []
  ]) {
    test.equal(inProbe(...command), undefined, command.join(' '))
  }
  test.end()
})

void t.test('a probe knows the values of env, and none that comes from elsewhere', (test) => {
  test.strictSame(inProbe('check', '$(POD_IP)'), { at, kind: 'value from', text: '$(POD_IP)', name: 'POD_IP' })
  test.match(inProbe('sh', '-c', 'check $(POD_IP)'), { kind: 'value from' }, 'it is empty before a shell sees it')
  test.equal(inProbe('check', '$$(POD_IP)'), undefined, 'that is $(POD_IP) as it stands')
  test.match(inProbe('check', '$$$(POD_IP)'), { kind: 'value from' })
  test.equal(inProbe('check', '$(TWICE)'), undefined, 'the last variable of a name counts')
  test.equal(faultOfProbe({ exec: { command: ['check', '$(POD_IP)'] } }, { env: 'none' }), undefined)
  test.end()
})

void t.test('a hook expands nothing', (test) => {
  test.strictSame(inHook('stop', '$(HOST)'), { at, kind: 'in a hook', text: '$(HOST)', name: 'HOST' })
  test.match(inHook('sh', '-c', 'stop $(POD_IP)'), { kind: 'in a hook' }, 'a shell takes it for a command')
  test.equal(inHook('sh', '-c', 'kill $(pidof web)'), undefined, 'which it may be')
  test.end()
})
