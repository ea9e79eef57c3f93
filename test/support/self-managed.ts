import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ClusterApi } from './cluster-api.ts'
import { startWebhook, type Webhook } from './cluster-webhook.ts'
import type { ControlPlane } from './control-plane.ts'
import { projectSecret } from './secret-projector.ts'

export const selfManaged = { HOLDFAST_CERTIFICATES_MODE: 'self-managed' }

/** Three quarters of a minute for a serving certificate, so that a test sees several of them and two authorities. */
export const shortLives = {
  ...selfManaged,
  HOLDFAST_CERTIFICATES_AUTHORITY_SECONDS: '90',
  HOLDFAST_CERTIFICATES_SERVING_SECONDS: '45',
  HOLDFAST_CERTIFICATES_OVERLAP_SECONDS: '5'
}

export const secretPath = '/api/v1/namespaces/holdfast-system/secrets/holdfast-certificates'

/** The series of a controller. */
export function changes(action: string): string {
  return `holdfast_certificate_changes_total{action="${action}"}`
}

export interface Replica {
  readonly api: ClusterApi
  /** How late its files are, as the kubelet's. */
  readonly delayMs: number
  readonly drainSeconds?: number
  readonly mode?: 'self-managed' | 'cert-manager'
}

let started = 0

/** Starts a webhook whose files are those of the Secret, and waits until it serves. */
export function startReplica(t: Test, cluster: ControlPlane, replica: Replica): Promise<Webhook> {
  const { api, delayMs, mode = 'self-managed', ...options } = replica
  started += 1
  const folder = join(cluster.directory, `mounted-${started}`)
  mkdirSync(folder)
  const certificate = projectSecret(t, { api, secret: secretPath, folder, delayMs })
  const environment = { HOLDFAST_CERTIFICATES_MODE: mode, HOLDFAST_TLS_RELOAD_SECONDS: '1' }
  return startWebhook(cluster, { ...options, certificate, environment })
}
