// The server to compare with: Fastify as it comes, and as little as one can do with a review. `<address> <port> <certificate> <key>`
import { readFileSync } from 'node:fs'
import fastify from 'fastify'

interface Review {
  apiVersion: string
  kind: string
  request: { uid: string }
}

const [host = '', port, certificate = '', key = ''] = process.argv.slice(2)
const app = fastify({ https: { cert: readFileSync(certificate), key: readFileSync(key) } })

/** Sends the review back as it came. */
app.post('/echo', (request, reply) => {
  reply.send(request.body)
})

/** Answers that it is allowed, whatever it is. */
app.post<{ Body: Review }>('/allow', ({ body: { apiVersion, kind, request } }, reply) => {
  reply.send({ apiVersion, kind, response: { uid: request.uid, allowed: true } })
})

await app.listen({ host, port: Number(port) })
