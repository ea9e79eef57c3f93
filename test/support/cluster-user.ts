import { setTimeout as wait } from 'node:timers/promises'
import type { Finished } from './cluster-kubectl.ts'
import { createNamespace } from './cluster-nodes.ts'
import { bareDeployment, type Deployment } from './cluster-objects.ts'
import { waitFor } from './cluster-wait.ts'
import type { ApiServer } from './control-plane.ts'

/** A user in a new namespace with these labels. Fails where there is one of this name. */
export async function userIn(
  controlPlane: ApiServer,
  namespace: string,
  labels: Readonly<Record<string, string>>
): Promise<NamespaceUser> {
  await createNamespace(controlPlane, namespace, labels, 'create')
  return new NamespaceUser(controlPlane, namespace)
}

/** What a user does in one namespace with kubectl. */
export class NamespaceUser {
  readonly #controlPlane: ApiServer
  readonly namespace: string

  constructor(controlPlane: ApiServer, namespace: string) {
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
