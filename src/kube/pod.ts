import { labelSelector } from './label-selector.ts'
import { anything, boolean, type Infer, integer, integerOrString, list, object, string, strings } from './shape.ts'

const httpGet = object({
  path: string,
  port: integerOrString,
  host: string,
  scheme: string,
  httpHeaders: list(object({ name: string, value: string }))
})
const exec = object({ command: list(string) })
const tcpSocket = object({ port: integerOrString, host: string })

const probe = object({
  exec,
  httpGet,
  tcpSocket,
  grpc: object({ port: integer, service: string }),
  periodSeconds: integer,
  timeoutSeconds: integer,
  failureThreshold: integer
})

const hook = object({ exec, httpGet, tcpSocket, sleep: object({ seconds: integer }) })

/** Only the names of resources are read of it, and those where it has any: see requests.ts. */
export const resources = anything

const container = object({
  name: string,
  resources,
  ports: list(object({ containerPort: integer, hostPort: integer, protocol: string, name: string })),
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
  lifecycle: object({ preStop: hook }),
  restartPolicy: string
})

const affinityTerm = object({
  labelSelector,
  topologyKey: string,
  namespaces: list(string),
  namespaceSelector: labelSelector,
  mismatchLabelKeys: list(string)
})

const nodeRequirements = list(object({ key: string, operator: string, values: list(string) }))

export const podSpec = object({
  containers: list(container),
  initContainers: list(container),
  resources,
  terminationGracePeriodSeconds: integer,
  topologySpreadConstraints: list(
    object({
      maxSkew: integer,
      minDomains: integer,
      topologyKey: string,
      whenUnsatisfiable: string,
      labelSelector,
      matchLabelKeys: list(string),
      nodeAffinityPolicy: string,
      nodeTaintsPolicy: string
    })
  ),
  nodeSelector: strings,
  tolerations: list(object({ key: string, operator: string, value: string, effect: string })),
  affinity: object({
    nodeAffinity: object({
      requiredDuringSchedulingIgnoredDuringExecution: object({
        nodeSelectorTerms: list(object({ matchExpressions: nodeRequirements, matchFields: nodeRequirements }))
      })
    }),
    podAntiAffinity: object({
      requiredDuringSchedulingIgnoredDuringExecution: list(affinityTerm),
      preferredDuringSchedulingIgnoredDuringExecution: list(object({ podAffinityTerm: affinityTerm }))
    })
  }),
  volumes: list(object({ persistentVolumeClaim: anything })),
  hostNetwork: boolean
})

export type PodSpec = Infer<typeof podSpec>
export type Container = Infer<typeof container>
export type Probe = Infer<typeof probe>
export type Hook = Infer<typeof hook>
export type AffinityTerm = Infer<typeof affinityTerm>
export type SpreadConstraint = NonNullable<PodSpec['topologySpreadConstraints']>[number]

export function isProbe(value: unknown): value is Probe {
  return probe(value) === undefined
}

export function isHook(value: unknown): value is Hook {
  return hook(value) === undefined
}
