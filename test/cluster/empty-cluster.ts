import type { RequestListener, ServerResponse } from 'node:http'
import { answerJson } from './api-stub.ts'

/** A cluster with nothing in it: every list is empty and every watch stays open. `/version` is answered by `version`. */
export function emptyCluster(version: (response: ServerResponse) => void): RequestListener {
  return ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://stub')
    if (pathname === '/version') version(response)
    else if (searchParams.has('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    else answerJson(response, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] })
  }
}
