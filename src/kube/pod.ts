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
  initialDelaySeconds: integer,
  periodSeconds: integer,
  timeoutSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer
})

const hook = object({ exec, httpGet, tcpSocket, sleep: object({ seconds: integer }) })

/** Read through `amountsIn` (requests.ts): amounts come as numbers and as text, and the API server has the last word on them. */
export const resources = anything

const words = list(string)
const variables = list(object({ name: string, value: string, valueFrom: anything }))
const mounts = list(object({ name: string, readOnly: boolean }))

const container = object({
  name: string,
  image: string,
  imagePullPolicy: string,
  command: anything,
  args: anything,
  env: anything,
  resources,
  ports: list(object({ containerPort: integer, hostPort: integer, protocol: string, name: string })),
  volumeMounts: anything,
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
  lifecycle: object({ preStop: hook, postStart: hook, stopSignal: string }),
  restartPolicy: string
})

const affinityTerm = object({
  labelSelector,
  topologyKey: string,
  namespaces: list(string),
  namespaceSelector: labelSelector,
  matchLabelKeys: list(string),
  mismatchLabelKeys: list(string)
})

const podAffinity = object({
  requiredDuringSchedulingIgnoredDuringExecution: list(affinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(object({ weight: integer, podAffinityTerm: affinityTerm }))
})

const nodeRequirements = list(object({ key: string, operator: string, values: list(string) }))
const nodeSelectorTerm = object({ matchExpressions: nodeRequirements, matchFields: nodeRequirements })
export const nodeSelectorTerms = list(nodeSelectorTerm)

export const podSpec = object({
  containers: list(container),
  initContainers: list(container),
  resources,
  restartPolicy: string,
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
  nodeName: string,
  nodeSelector: strings,
  tolerations: list(
    object({ key: string, operator: string, value: string, effect: string, tolerationSeconds: integer })
  ),
  affinity: object({
    nodeAffinity: object({
      requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms }),
      preferredDuringSchedulingIgnoredDuringExecution: list(object({ weight: integer, preference: nodeSelectorTerm }))
    }),
    podAffinity,
    podAntiAffinity: podAffinity
  }),
  priorityClassName: string,
  volumes: list(
    object({
      name: string,
      persistentVolumeClaim: object({ claimName: string, readOnly: boolean }),
      hostPath: object({ path: string, type: string }),
      emptyDir: object({ medium: string }),
      ephemeral: anything
    })
  ),
  hostNetwork: boolean,
  activeDeadlineSeconds: integer
})

export type PodSpec = Infer<typeof podSpec>
export type Container = Infer<typeof container>
export type Variable = Infer<typeof variables>[number]
export type Mount = Infer<typeof mounts>[number]
export type Probe = Infer<typeof probe>
export type Hook = Infer<typeof hook>
export type AffinityTerm = Infer<typeof affinityTerm>
export type SpreadConstraint = NonNullable<PodSpec['topologySpreadConstraints']>[number]

/** The variables of a container. Checked when they are read: there may be hundreds, and few policies ask. None where they are no variables. */
export function variablesOf({ env = [] }: Container): readonly Variable[] {
  return isVariables(env) ? env : []
}

/** The volumes that a container mounts; checked when they are read, as its variables are. */
export function mountsOf({ volumeMounts = [] }: Container): readonly Mount[] {
  return isMounts(volumeMounts) ? volumeMounts : []
}

/** The command line of a container: its command, or the image's, which is unknown, and its arguments. Checked when it is read. */
export function commandLine({ command, args }: Container): readonly string[] {
  const [program, rest] = [wordsIn(command), wordsIn(args)]
  if (rest.length === 0) return program
  return program.length === 0 ? rest : [...program, ...rest]
}

function wordsIn(value: unknown): readonly string[] {
  return value !== undefined && isWords(value) ? value : noWords
}

const noWords: readonly string[] = []

function isWords(value: unknown): value is readonly string[] {
  return words(value) === undefined
}

function isVariables(value: unknown): value is readonly Variable[] {
  return variables(value) === undefined
}

function isMounts(value: unknown): value is readonly Mount[] {
  return mounts(value) === undefined
}

export function isProbe(value: unknown): value is Probe {
  return probe(value) === undefined
}

export function isHook(value: unknown): value is Hook {
  return hook(value) === undefined
}
