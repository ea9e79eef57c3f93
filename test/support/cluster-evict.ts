import type { ClusterApi } from './cluster-api.ts'

/** As much of a Status as a refused eviction has. */
interface Status {
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly message: string }[] }
}

/** What the eviction API answers: what `evictionOutcome` foretells, if it is right. */
export async function evict(
  api: ClusterApi,
  namespace: string,
  name: string,
  deleteOptions: object = {}
): Promise<{ status: number; retryAfter?: number; says?: string | undefined }> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions }
  const reply = await api.send('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, eviction)
  const { status, headers } = reply
  if (status === 201) return { status }
  const { message, details } = reply.body as Status
  const retryAfter = headers['retry-after']
  return {
    status,
    ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }),
    says: details?.causes?.[0]?.message ?? message
  }
}
