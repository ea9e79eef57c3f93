import { setTimeout as wait } from 'node:timers/promises'
import type { ControlPlane } from './control-plane.ts'
import type { Finished } from './cluster-kubectl.ts'
import { waitFor } from './cluster-wait.ts'

export interface Container {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly object[]
  readonly readinessProbe?: object
  readonly livenessProbe?: object
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

/** What a user does in one namespace with kubectl. */
export class NamespaceUser {
  readonly #controlPlane: ControlPlane
  readonly namespace: string

  constructor(controlPlane: ControlPlane, namespace: string) {
    this.#controlPlane = controlPlane
    this.namespace = namespace
  }

  kubectl(args: readonly string[], input?: object): Promise<Finished> {
    return this.#controlPlane.kubectl([...args, '--namespace', this.namespace], input === undefined ? {} : { input })
  }

  /** For a step that is no part of what is tested. */
  async must(args: readonly string[], input?: object): Promise<Finished> {
    const result = await this.kubectl(args, input)
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`)
    return result
  }

  async deployment(name: string): Promise<Deployment> {
    const { stdout } = await this.must(['get', 'deployment', name, '--output=json'])
    return JSON.parse(stdout) as Deployment
  }

  /** The names of a Deployment's ReplicaSets, once the controller has seen its latest generation and had time to act. */
  async replicaSets(name: string): Promise<readonly string[]> {
    await waitFor({ what: `the rollout of ${name} to be observed`, seconds: 20 }, async () => {
      const { stdout } = await this.must([
        'get',
        'deployment',
        name,
        '--output=jsonpath={.metadata.generation} {.status.observedGeneration}'
      ])
      const [generation, observed] = stdout.split(' ')
      return generation === observed ? true : undefined
    })
    await wait(300)
    const { stdout } = await this.must(['get', 'replicasets', '--selector', `app=${name}`, '--output=name'])
    return stdout.split('\n').filter((line) => line !== '')
  }

  /** The API server reads a namespace's labels from a cache: a label counts a moment after it is set. */
  async label(labels: Readonly<Record<string, string>>, seen: string): Promise<void> {
    await this.must([
      'label',
      'namespace',
      this.namespace,
      ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)
    ])
    await waitFor(
      { what: `the labels of ${this.namespace} to count`, seconds: 20, everyMilliseconds: 200 },
      async () => {
        const result = await this.kubectl(
          ['create', '--dry-run=server', '--output=yaml', '-f', '-'],
          bareDeployment('probe')
        )
        return (result.stdout + result.stderr).includes(seen) ? true : undefined
      }
    )
  }
}
