import type { Flag } from './flags.ts'

/** The flags of `holdfast controller`, in the order of its help. */
export const controllerFlags: readonly Flag[] = [
  { name: 'config', value: 'file', description: 'read the configuration from this YAML file' },
  { name: 'kubeconfig', value: 'file', key: 'kubeconfig', description: 'the kubeconfig file for the API server' },
  {
    name: 'lease-name',
    value: 'name',
    key: 'controller.leaseName',
    description: 'the Lease for leader election'
  },
  {
    name: 'lease-namespace',
    value: 'name',
    key: 'controller.leaseNamespace',
    description: 'the namespace of that Lease'
  },
  {
    name: 'health-address',
    value: 'ip',
    key: 'server.healthAddress',
    description: 'the address for health and metrics'
  },
  { name: 'health-port', value: 'port', key: 'server.healthPort', description: 'the port for health and metrics' },
  { name: 'log-level', value: 'level', key: 'log.level', description: 'trace, debug, info, warn, error or fatal' },
  { name: 'help', description: 'print this help' },
  { name: 'version', description: 'print the version' }
]
