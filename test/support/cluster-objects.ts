export interface Container {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly resources?: object
  readonly ports?: readonly object[]
  readonly readinessProbe?: object
  readonly livenessProbe?: object
  readonly startupProbe?: object
  readonly lifecycle?: { readonly preStop?: object; readonly postStart?: object }
}

/** As much of a Deployment as the tests read. */
export interface Deployment {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'Deployment'
  readonly metadata: {
    readonly name: string
    readonly generation?: number
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly replicas: number
    readonly selector: object
    readonly strategy?: object
    readonly template: {
      readonly metadata: { readonly labels: object; readonly annotations?: Readonly<Record<string, string>> }
      readonly spec: {
        readonly containers: readonly [Container, ...Container[]]
        readonly terminationGracePeriodSeconds?: number
        readonly topologySpreadConstraints?: readonly object[]
      }
    }
  }
}

/** What most people write: two replicas, one port, nothing that keeps it up. */
export function bareDeployment(name: string, container: Partial<Container> = {}, pod: object = {}): Deployment {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          containers: [
            { name: 'web', image: 'registry.example/nginx:1.29', ports: [{ containerPort: 8080 }], ...container }
          ]
        }
      }
    }
  }
}

/** A Deployment that the standard profile has nothing against, required or advised, but for what other objects would bring. */
export function soundDeployment(name: string): Deployment {
  const constraint = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: name } } }
  return bareDeployment(
    name,
    {
      resources: { requests: { cpu: '10m', memory: '16Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
      livenessProbe: { httpGet: { path: '/live', port: 8080 } },
      lifecycle: { preStop: { sleep: { seconds: 5 } } }
    },
    {
      topologySpreadConstraints: [
        { ...constraint, topologyKey: 'kubernetes.io/hostname' },
        { ...constraint, topologyKey: 'topology.kubernetes.io/zone' }
      ]
    }
  )
}
