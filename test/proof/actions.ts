import { get } from 'node:http'
import { once } from 'node:events'
import type { ClusterApi } from '../support/cluster-api.ts'
import { evict } from '../support/cluster-evict.ts'
import type { NamespaceUser } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { appImage } from './manifest.ts'
import { podsOf, untilSettled } from './pods.ts'

export type ActionName = 'restart' | 'image' | 'drain' | 'sicken' | 'scale-in'

export interface Scene {
  readonly user: NamespaceUser
  readonly api: ClusterApi
  readonly replicas: number
}

type Action = (scene: Scene) => Promise<void>

const deployment = 'deployment/web'

/** What is done to a workload under load. Each returns when the pods are those that are wanted, and none is on its way out. */
export const actions: Readonly<Record<ActionName, Action>> = {
  async restart(scene) {
    await replaceAll(scene, ['rollout', 'restart', deployment])
  },
  async image(scene) {
    await replaceAll(scene, ['set', 'image', deployment, `web=${appImage}:2`])
  },
  async drain(scene) {
    const { user, api } = scene
    const names = (await podsOf(user)).map(({ name }) => name)
    // As kubectl drain does, but for the cordon: there is only this node for the new pods.
    await Promise.all(names.map((name) => evictUntilGone(api, user.namespace, name)))
    await untilSettled(user, scene.replicas, { gone: new Set(names) })
  },
  async sicken({ user, replicas }) {
    const [pod] = await podsOf(user)
    if (pod === undefined) throw new Error('there is no pod to make sick')
    const [response] = await once(get(`http://${pod.address}:8080/sicken`), 'response')
    response.resume()
    await waitFor({ what: `${pod.name} to be restarted`, seconds: 180, everyMilliseconds: 500 }, async () => {
      const now = await podsOf(user)
      return now.some(({ name, restarts }) => name === pod.name && restarts > 0) ? true : undefined
    })
    await untilSettled(user, replicas)
  },
  async 'scale-in'({ user }) {
    await user.must(['scale', deployment, '--replicas=2'])
    await untilSettled(user, 2)
  }
}

async function replaceAll({ user, replicas }: Scene, command: readonly string[]): Promise<void> {
  const gone = new Set((await podsOf(user)).map(({ name }) => name))
  await user.must(command)
  await untilSettled(user, replicas, { gone })
}

/** Asks again every second, as kubectl drain does every five. */
export async function evictUntilGone(api: ClusterApi, namespace: string, name: string): Promise<void> {
  await waitFor({ what: `${name} to be evicted`, seconds: 300, everyMilliseconds: 1000 }, async () => {
    const { status } = await evict(api, namespace, name)
    if (status === 429) return undefined
    if (status !== 201 && status !== 404) throw new Error(`evicting ${name} was answered with ${status}`)
    return true
  })
}
