import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Api } from '../../src/cluster/api/api.ts'
import { answerJson, openStub, startApiStub } from './api-stub.ts'

export const collection = '/apis/coordination.k8s.io/v1/namespaces/holdfast/leases'

export interface LeaseObject {
  metadata: { name: string; resourceVersion?: string; labels?: object }
  spec?: Record<string, unknown>
}

/** An API server with one Lease and the optimistic lock of a real one. */
export class LeaseStub {
  lease: LeaseObject | undefined
  /** Every accepted write, in order. */
  readonly writes: LeaseObject[] = []
  requests = 0
  /** Called before each request is answered; what it returns true for is left without an answer. */
  swallow: (method: string) => boolean = () => false
  #version = 0

  /** As if somebody else had written. */
  put(spec: LeaseObject['spec'], labels?: object): void {
    this.#version += 1
    const metadata = { name: 'controller', resourceVersion: String(this.#version), ...(labels && { labels }) }
    this.lease = spec === undefined ? { metadata } : { metadata, spec }
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url } = request
    const body = await text(request)
    this.requests += 1
    if (this.swallow(method)) return
    if (method === 'POST' && url === collection) this.#write(response, JSON.parse(body) as LeaseObject, 201)
    else if (url !== `${collection}/controller`) throw new Error(`asked to ${method} ${url}`)
    else if (this.lease === undefined) answerJson(response, { kind: 'Status', reason: 'NotFound' }, 404)
    else if (method === 'GET') answerJson(response, this.lease)
    else this.#write(response, JSON.parse(body) as LeaseObject, 200)
  }

  #write(response: ServerResponse, sent: LeaseObject, status: number): void {
    const current = this.lease?.metadata.resourceVersion
    if (sent.metadata.resourceVersion !== current) {
      answerJson(response, { kind: 'Status', reason: 'Conflict' }, 409)
      return
    }
    this.put(sent.spec, sent.metadata.labels)
    this.writes.push(sent)
    answerJson(response, this.lease, status)
  }
}

export async function openLeaseStub(test: Test): Promise<{ stub: LeaseStub; api: Api }> {
  const stub = new LeaseStub()
  const { kubeconfig } = await startApiStub(test, (request, response) => void stub.take(request, response))
  return { stub, api: await openStub(test, kubeconfig) }
}
