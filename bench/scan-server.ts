// An API server that only lists, in pages, as a process of its own: it must take no memory and no time from the program that asks.
// Arguments: port, certificate, key, workloads, nodes, namespaces.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type ClusterSize, collections } from './scan-cluster.ts'

const [port = '', certificate = '', key = '', ...amounts] = process.argv.slice(2)
const [workloads = 0, nodes = 0, namespaces = 0] = amounts.map(Number)
const size: ClusterSize = { workloads, nodes, namespaces }

const nothing = '{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}'

/** A list from an index on, as text. An object of a list says neither its apiVersion nor its kind. */
function page(path: string, query: URLSearchParams): string {
  const listed = collections[path]
  if (listed === undefined) return nothing
  const { apiVersion, kind, build } = listed
  const count = listed.count(size)
  const from = Number(query.get('continue') ?? 0)
  const end = Math.min(count, from + Number(query.get('limit') ?? count))
  const items = Array.from({ length: end - from }, (_, index) => JSON.stringify(build(from + index, size)))
  const metadata = { resourceVersion: '1', ...(end < count && { continue: `${end}`, remainingItemCount: count - end }) }
  const head = `{"kind":"${kind}List","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`
  return `${head}${items.join(',')}]}`
}

const version = { major: '1', minor: '36', gitVersion: 'v1.36.0' }

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost')
  const answer = pathname === '/version' ? JSON.stringify(version) : page(pathname, searchParams)
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
}).listen(Number(port), '127.0.0.1')
