import type { Flag } from './flags.ts'

/** The flags of `holdfast webhook`, in the order of its help. */
export const webhookFlags: readonly Flag[] = [
  { name: 'config', value: 'file', description: 'read the configuration from this YAML file' },
  { name: 'standalone', description: 'run without a cluster, with a certificate made for this run; to try it out' },
  { name: 'profile', value: 'name', key: 'profile', description: 'baseline, standard or critical' },
  { name: 'server-version', value: '1.33', key: 'serverVersion', description: 'the release of the API server' },
  { name: 'address', value: 'ip', key: 'server.address', description: 'where reviews are served' },
  { name: 'port', value: 'port', key: 'server.port', description: 'the port of the reviews' },
  {
    name: 'health-address',
    value: 'ip',
    key: 'server.healthAddress',
    description: 'where health and metrics are served'
  },
  { name: 'health-port', value: 'port', key: 'server.healthPort', description: 'the port of health and metrics' },
  { name: 'certificate', value: 'file', key: 'tls.certificateFile', description: 'the serving certificate, PEM' },
  { name: 'key', value: 'file', key: 'tls.keyFile', description: 'its key, PEM' },
  {
    name: 'client-ca',
    value: 'file',
    key: 'tls.clientCaFile',
    description: 'authorities whose clients are served, PEM'
  },
  { name: 'kubeconfig', value: 'file', key: 'kubeconfig', description: 'how the API server is reached' },
  { name: 'drain-seconds', value: 'n', key: 'server.drainSeconds', description: 'how long to serve on after SIGTERM' },
  { name: 'max-in-flight', value: 'n', key: 'server.maxInFlight', description: 'reviews in hand at once' },
  { name: 'log-level', value: 'level', key: 'log.level', description: 'trace, debug, info, warn, error or fatal' },
  { name: 'help', description: 'print this' },
  { name: 'version', description: 'print the version' }
]
