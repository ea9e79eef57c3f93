/** Where the node is in its own network. Nothing of it is seen from outside. */
export const nodeName = 'node-1'
export const nodeAddress = '10.99.0.1'
export const podRange = '10.244.0.0/24'

/** What the node and its pods are joined by. */
export const bridges = { node: 'node0', pods: 'pods0' } as const

/** Where Debian has the network plugins. */
export const pluginFolder = '/usr/lib/cni'

/** Settings of the whole machine that the kubelet changes: inside there are copies of them. */
export const sharedSettings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes'
] as const
