import { setTimeout as wait } from 'node:timers/promises'
import type { Finished } from './cluster-kubectl.ts'
import { createNamespace } from './cluster-nodes.ts'
import { bareDeployment, type Deployment } from './cluster-objects.ts'
import { createObject, mustSend } from './cluster-steps.ts'
import { waitFor } from './cluster-wait.ts'
import type { ApiServer } from './control-plane.ts'

interface Named {
  readonly metadata: { readonly name: string }
}

interface Rolled {
  readonly metadata: { readonly generation: number }
  readonly spec: { readonly replicas: number }
  readonly status: { readonly observedGeneration?: number; readonly replicas?: number }
}

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

  /** As `kubectl create` does it, without starting one: for a step that is no part of what is tested. */
  create(object: object): Promise<void> {
    return createObject(this.#controlPlane, object, this.namespace)
  }

  /** An object, or a list with its query, by its path below the namespace: `apis/apps/v1` and `deployments/web`. */
  read(version: string, path: string): Promise<unknown> {
    return mustSend(this.#controlPlane, 'GET', `/${version}/namespaces/${this.namespace}/${path}`)
  }

  async deployment(name: string): Promise<Deployment> {
    return (await this.read('apis/apps/v1', `deployments/${name}`)) as Deployment
  }

  /** The names of a Deployment's ReplicaSets, once the controller has seen its latest generation, counts its pods, and had time to act. */
  async replicaSets(name: string): Promise<readonly string[]> {
    await waitFor({ what: `the rollout of ${name} to be observed`, seconds: 20 }, async () => {
      const { metadata, spec, status } = (await this.read('apis/apps/v1', `deployments/${name}`)) as Rolled
      const isCounted = (status.replicas ?? 0) >= spec.replicas
      return metadata.generation === status.observedGeneration && isCounted ? true : undefined
    })
    await wait(300)
    const { items } = (await this.read('apis/apps/v1', `replicasets?labelSelector=app%3D${name}`)) as {
      items: readonly Named[]
    }
    return items.map(({ metadata }) => metadata.name)
  }

  /** The API server reads a namespace's labels from a cache: a label counts a moment after it is set. */
  async label(labels: Readonly<Record<string, string>>, seen: string): Promise<void> {
    await mustSend(this.#controlPlane, 'PATCH', `/api/v1/namespaces/${this.namespace}`, { metadata: { labels } })
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
