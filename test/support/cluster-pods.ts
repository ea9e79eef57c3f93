/** A pod spec as a user writes it. */
export interface PodShape {
  readonly containers: readonly object[]
  readonly [field: string]: unknown
}

const image = 'registry.example/app:2.4.1'
const http = { name: 'http', containerPort: 8080 }
const constraint = {
  maxSkew: 1,
  topologyKey: 'topology.kubernetes.io/zone',
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { tier: 'front' } }
}
const apart = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { tier: 'front' } } }

/** Pods that serve, in the ways that people write them; each is one thing that a remedy could trip over. */
export const podShapes: Readonly<Record<string, PodShape>> = {
  'one-port': { containers: [{ name: 'web', image, ports: [{ containerPort: 8080 }] }] },
  'named-port': { containers: [{ name: 'api', image, ports: [http] }] },
  'two-ports': { containers: [{ name: 'api', image, ports: [http, { name: 'metrics', containerPort: 9090 }] }] },
  'no-ports': { containers: [{ name: 'worker', image, args: ['--queue=orders'] }] },
  'udp-only': { containers: [{ name: 'dns', image, ports: [{ containerPort: 5353, protocol: 'UDP' }] }] },
  'tcp-and-udp': {
    containers: [
      {
        name: 'dns',
        image,
        ports: [
          { name: 'dns', containerPort: 5353, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 5353, protocol: 'TCP' }
        ]
      }
    ]
  },
  'sctp-port': { containers: [{ name: 'signal', image, ports: [{ containerPort: 3868, protocol: 'SCTP' }] }] },
  'host-port': { containers: [{ name: 'edge', image, ports: [{ containerPort: 8443, hostPort: 8443 }] }] },
  'host-network': {
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    containers: [{ name: 'exporter', image, ports: [{ name: 'metrics', containerPort: 19100 }] }]
  },
  'native-sidecar': {
    initContainers: [
      { name: 'proxy', image, restartPolicy: 'Always', ports: [{ containerPort: 15001 }] },
      { name: 'migrate', image, command: ['/bin/migrate'] }
    ],
    containers: [{ name: 'web', image, ports: [http] }]
  },
  'classic-sidecar': {
    shareProcessNamespace: true,
    containers: [
      { name: 'web', image, ports: [http] },
      { name: 'proxy', image, ports: [{ containerPort: 15001 }, { containerPort: 15021 }] },
      { name: 'logs', image, args: ['tail'] }
    ]
  },
  'all-probes': {
    containers: [
      {
        name: 'web',
        image,
        ports: [http],
        startupProbe: { httpGet: { path: '/live', port: 'http' }, failureThreshold: 30, periodSeconds: 5 },
        livenessProbe: { httpGet: { path: '/live', port: 'http' }, terminationGracePeriodSeconds: 10 },
        readinessProbe: { httpGet: { path: '/ready', port: 'http', httpHeaders: [{ name: 'X-Probe', value: '1' }] } }
      }
    ]
  },
  'liveness-only': {
    containers: [
      {
        name: 'web',
        image,
        ports: [http],
        livenessProbe: {
          httpGet: { path: '/live', port: 'http' },
          initialDelaySeconds: 45,
          failureThreshold: 1,
          terminationGracePeriodSeconds: 5
        }
      }
    ]
  },
  'exec-liveness': {
    containers: [
      {
        name: 'db',
        image,
        ports: [{ name: 'db', containerPort: 5432 }],
        livenessProbe: { exec: { command: ['/bin/ok'] } }
      }
    ]
  },
  'grpc-startup': {
    containers: [
      { name: 'rpc', image, ports: [{ containerPort: 9000 }], startupProbe: { grpc: { port: 9000, service: 'up' } } }
    ]
  },
  'exec-hook': {
    terminationGracePeriodSeconds: 60,
    containers: [{ name: 'web', image, ports: [http], lifecycle: { preStop: { exec: { command: ['/bin/drain'] } } } }]
  },
  'http-hook': {
    containers: [
      { name: 'web', image, ports: [http], lifecycle: { preStop: { httpGet: { path: '/drain', port: 'http' } } } }
    ]
  },
  'start-hook': {
    containers: [{ name: 'web', image, ports: [http], lifecycle: { postStart: { exec: { command: ['/bin/warm'] } } } }]
  },
  'sleep-fills-the-grace-period': {
    terminationGracePeriodSeconds: 10,
    containers: [{ name: 'web', image, ports: [http], lifecycle: { preStop: { sleep: { seconds: 10 } } } }]
  },
  'no-grace-period': { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image, ports: [http] }] },
  'one-second-of-grace': { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image, ports: [http] }] },
  'an-hour-of-grace': { terminationGracePeriodSeconds: 3600, containers: [{ name: 'web', image, ports: [http] }] },
  'hard-zone-spread': { topologySpreadConstraints: [constraint], containers: [{ name: 'web', image, ports: [http] }] },
  'soft-node-spread': {
    topologySpreadConstraints: [
      { ...constraint, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 2 }
    ],
    containers: [{ name: 'web', image, ports: [http] }]
  },
  'careful-spread': {
    topologySpreadConstraints: [
      { ...constraint, minDomains: 2, nodeTaintsPolicy: 'Honor', nodeAffinityPolicy: 'Ignore' },
      { ...constraint, whenUnsatisfiable: 'ScheduleAnyway', matchLabelKeys: ['pod-template-hash'] }
    ],
    containers: [{ name: 'web', image, ports: [http] }]
  },
  'required-anti-affinity': {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } },
    containers: [{ name: 'web', image, ports: [http] }]
  },
  'preferred-anti-affinity': {
    affinity: {
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] }
    },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    containers: [{ name: 'web', image, ports: [http] }]
  },
  hardened: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: [{ name: 'scratch', emptyDir: {} }],
    tolerations: [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }
    ],
    containers: [
      {
        name: 'web',
        image,
        ports: [http],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] }
        },
        volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }]
      }
    ]
  },
  windows: {
    os: { name: 'windows' },
    nodeSelector: { 'kubernetes.io/os': 'windows' },
    containers: [{ name: 'web', image, ports: [{ containerPort: 80 }] }]
  }
}

/** Pods that end by themselves. */
export const taskShapes: Readonly<Record<string, PodShape>> = {
  report: { containers: [{ name: 'report', image, command: ['/bin/report'] }] },
  'serving-task': { containers: [{ name: 'import', image, ports: [http] }] },
  'task-with-sidecar': {
    restartPolicy: 'Never',
    initContainers: [{ name: 'proxy', image, restartPolicy: 'Always', ports: [{ containerPort: 15001 }] }],
    containers: [{ name: 'import', image, livenessProbe: { exec: { command: ['/bin/ok'] } } }]
  },
  'task-without-grace': { terminationGracePeriodSeconds: 0, containers: [{ name: 'sweep', image, ports: [http] }] }
}
