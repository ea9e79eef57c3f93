import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { SecretVolume } from '../certificates/secret-volume.ts'
import type { ClusterApi } from './cluster-api.ts'
import type { CertificateFiles } from './cluster-webhook.ts'

export interface Projection {
  readonly api: ClusterApi
  /** The path of the Secret at the API server. */
  readonly secret: string
  /** There must be such a folder. */
  readonly folder: string
  /** How long after a change the files follow. */
  readonly delayMs: number
}

const items = ['tls.crt', 'tls.key']
const lookEveryMs = 250

/** What the Secret says, as texts; undefined where there is none. */
export async function readSecret(api: ClusterApi, path: string): Promise<Record<string, string> | undefined> {
  const { status, body } = await api.send('GET', path)
  if (status !== 200) return undefined
  const { data = {} } = body as { data?: Record<string, string> }
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

/** Mounts two items of a Secret as the kubelet mounts an optional one: late, and without what is not there, or not there any more. */
export function projectSecret(t: Test, { api, secret, folder, delayMs }: Projection): CertificateFiles {
  const over = new AbortController()
  let volume: SecretVolume | undefined
  let last = ''
  const look = async (): Promise<void> => {
    const texts = await readSecret(api, secret)
    const projected = Object.fromEntries(items.flatMap((item) => (texts?.[item] ? [[item, texts[item]]] : [])))
    if (JSON.stringify(projected) === last) return
    last = JSON.stringify(projected)
    await wait(delayMs)
    if (volume !== undefined) volume.write(projected)
    else if (Object.keys(projected).length === items.length) volume = new SecretVolume(folder, projected)
  }
  const done = (async () => {
    while (!over.signal.aborted) {
      await look()
      await wait(lookEveryMs)
    }
  })()
  t.teardown(() => {
    over.abort()
    return done
  })
  return { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
}
