import type { Flag } from './flags.ts'

/** The flags of `holdfast controller`, in the order of its help. */
export const controllerFlags: readonly Flag[] = [
  { name: 'config', value: 'file', description: 'read the configuration from this YAML file' },
  { name: 'kubeconfig', value: 'file', key: 'kubeconfig', description: 'how the API server is reached' },
  {
    name: 'lease-name',
    value: 'name',
    key: 'controller.leaseName',
    description: 'the Lease whose holder alone writes'
  },
  { name: 'lease-namespace', value: 'name', key: 'controller.leaseNamespace', description: 'where that Lease is' },
  {
    name: 'health-address',
    value: 'ip',
    key: 'server.healthAddress',
    description: 'where health and metrics are served'
  },
  { name: 'health-port', value: 'port', key: 'server.healthPort', description: 'the port of health and metrics' },
  { name: 'log-level', value: 'level', key: 'log.level', description: 'trace, debug, info, warn, error or fatal' },
  { name: 'help', description: 'print this' },
  { name: 'version', description: 'print the version' }
]
