import type { Flag } from './flags.ts'

/** The flags of `holdfast webhook`, in the order of its help. */
export const webhookFlags: readonly Flag[] = [
  { name: 'config', value: 'file', description: 'read the configuration from this YAML file' },
  { name: 'standalone', description: 'run without a cluster, with a temporary certificate' },
  { name: 'profile', value: 'name', key: 'profile', description: 'baseline, standard or critical' },
  { name: 'server-version', value: '1.33', key: 'serverVersion', description: 'the version of the API server' },
  { name: 'address', value: 'ip', key: 'server.address', description: 'the address for reviews' },
  { name: 'port', value: 'port', key: 'server.port', description: 'the port for reviews' },
  {
    name: 'health-address',
    value: 'ip',
    key: 'server.healthAddress',
    description: 'the address for health and metrics'
  },
  { name: 'health-port', value: 'port', key: 'server.healthPort', description: 'the port for health and metrics' },
  { name: 'certificate', value: 'file', key: 'tls.certificateFile', description: 'the serving certificate, PEM' },
  { name: 'key', value: 'file', key: 'tls.keyFile', description: 'the key of the serving certificate, PEM' },
  {
    name: 'client-ca',
    value: 'file',
    key: 'tls.clientCaFile',
    description: 'the authorities of accepted client certificates, PEM'
  },
  { name: 'kubeconfig', value: 'file', key: 'kubeconfig', description: 'the kubeconfig file for the API server' },
  {
    name: 'drain-seconds',
    value: 'n',
    key: 'server.drainSeconds',
    description: 'seconds to keep serving after SIGTERM'
  },
  { name: 'max-in-flight', value: 'n', key: 'server.maxInFlight', description: 'the most reviews handled at once' },
  { name: 'log-level', value: 'level', key: 'log.level', description: 'trace, debug, info, warn, error or fatal' },
  { name: 'help', description: 'print this help' },
  { name: 'version', description: 'print the version' }
]
