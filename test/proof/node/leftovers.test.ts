import t from 'tap'
import { changes, type MachineState } from './leftovers.ts'

const before: MachineState = {
  settings: { 'kernel/panic': '0' },
  places: { '/run/netns': [], '/run/containerd': ['containerd.sock'] },
  devices: { lo: '', docker0: '' }
}

void t.test('a machine that is as it was has nothing left', (test) => {
  test.strictSame(changes(before, before), [])
  test.end()
})

void t.test('what only a node leaves is reported', (test) => {
  const now = {
    settings: { 'kernel/panic': '10' },
    places: { ...before.places, '/run/netns': ['cni-1'] },
    devices: { ...before.devices, pods0: '', veth1234abcd: 'pods0' }
  }
  test.strictSame(changes(before, now), [
    'setting kernel/panic: 10 instead of 0',
    'in /run/netns: cni-1',
    'network device pods0',
    'network device veth1234abcd'
  ])
  test.end()
})

void t.test('what another container runtime makes meanwhile is not', (test) => {
  const now = {
    ...before,
    places: { '/run/netns': [], '/run/containerd': ['containerd.sock', 'io.containerd.runtime.v2.task'] },
    devices: { ...before.devices, veth1234abcd: 'docker0', tun0: '' }
  }
  test.strictSame(changes(before, now), [])
  test.end()
})
