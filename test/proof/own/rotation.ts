import { createHash, X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { once } from 'node:events'
import type { ClusterApi } from '../../support/cluster-api.ts'
import type { NamespaceUser } from '../../support/cluster-user.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { podsOf } from '../pods.ts'
import { selectorOf } from './install.ts'

const secret = '/api/v1/namespaces/holdfast-system/secrets/holdfast-certificates'
const group = '/apis/admissionregistration.k8s.io/v1'
const configurations = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'] as const

function digest(certificate: Buffer): string {
  return createHash('sha256').update(certificate).digest('hex')
}

async function servedBy(address: string): Promise<string> {
  // Whoever signed it: it is only looked at.
  const socket = connect({ host: address, port: 8443, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const served = digest(socket.getPeerCertificate().raw)
  socket.destroy()
  return served
}

async function textOfSecret(api: ClusterApi, name: string): Promise<string> {
  const { data } = (await api.must('GET', secret)) as { readonly data: Readonly<Record<string, string>> }
  return Buffer.from(data[name] ?? '', 'base64').toString()
}

async function partOfSecret(api: ClusterApi, name: string): Promise<X509Certificate> {
  return new X509Certificate(await textOfSecret(api, name))
}

interface Configuration {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
}

/** What the webhooks are trusted by. */
async function bundlesOf(api: ClusterApi): Promise<readonly string[]> {
  const all = await Promise.all(configurations.map((kind) => api.must('GET', `${group}/${kind}/holdfast`)))
  return (all as Configuration[]).flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig: { caBundle = '' } }) => Buffer.from(caBundle, 'base64').toString())
  )
}

/** Asks for another authority, and waits until every replica serves a certificate that it has signed. */
export async function rotate(user: NamespaceUser, api: ClusterApi): Promise<void> {
  const before = await partOfSecret(api, 'authority.crt')
  await api.must('PATCH', secret, { metadata: { annotations: { 'holdfast.dev/rotate': 'now' } } })
  let seen = ''
  const patience = { what: 'a new authority to be served', seconds: 300, details: () => seen, everyMilliseconds: 1000 }
  await waitFor(patience, async () => {
    const [authority, serving] = [await partOfSecret(api, 'authority.crt'), await partOfSecret(api, 'tls.crt')]
    const isNew = authority.fingerprint256 !== before.fingerprint256 && serving.checkIssued(authority)
    const pods = await podsOf(user, selectorOf('webhook'))
    const served = await Promise.all(pods.map(({ address = '' }) => servedBy(address)))
    seen = `new: ${isNew}, wanted ${digest(serving.raw)}, served ${served.join(', ')}`
    return isNew && served.every((one) => one === digest(serving.raw)) ? true : undefined
  })
}

/** Waits until every webhook is trusted by the authority that signs, and by no other. */
export async function untilOldAuthorityLeft(api: ClusterApi): Promise<void> {
  let seen = ''
  const patience = { what: 'the old authority to leave', seconds: 300, details: () => seen, everyMilliseconds: 1000 }
  await waitFor(patience, async () => {
    const [authority, bundle] = [await textOfSecret(api, 'authority.crt'), await textOfSecret(api, 'ca.crt')]
    const others = [bundle, ...(await bundlesOf(api))].filter((one) => one !== authority)
    seen = `${others.length} bundles name others too`
    return others.length === 0 ? true : undefined
  })
}
