import type { NamespaceUser } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'

export interface RunningPod {
  readonly name: string
  readonly address: string | undefined
  readonly ready: boolean
  readonly leaving: boolean
  readonly restarts: number
}

interface ApiPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly restartCount: number }[]
  }
}

/** All that are in the namespace, or those that a label selects. */
export async function podsOf(user: NamespaceUser, selector = ''): Promise<readonly RunningPod[]> {
  const { stdout } = await user.must(['get', 'pods', '--output=json', `--selector=${selector}`])
  const { items } = JSON.parse(stdout) as { readonly items: readonly ApiPod[] }
  return items.map(({ metadata, status }) => ({
    name: metadata.name,
    address: status.podIP,
    ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    leaving: metadata.deletionTimestamp !== undefined,
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0
  }))
}

/** Until so many pods are there, all ready, none on its way out and none of those that were to go. */
export async function untilSettled(
  user: NamespaceUser,
  count: number,
  { gone = new Set(), selector = '' }: { readonly gone?: ReadonlySet<string>; readonly selector?: string } = {}
): Promise<void> {
  let seen: readonly RunningPod[] = []
  const details = (): string => JSON.stringify(seen)
  await waitFor({ what: `${count} ready pods`, seconds: 300, details, everyMilliseconds: 300 }, async () => {
    seen = await podsOf(user, selector)
    const wanted =
      seen.length === count && seen.every(({ name, ready, leaving }) => ready && !leaving && !gone.has(name))
    return wanted ? true : undefined
  })
}
