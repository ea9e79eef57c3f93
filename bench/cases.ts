import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { Server } from './processes.ts'
import type { Reviews } from './review.ts'

export type ServerName = 'fastify' | 'holdfast'

export interface Case {
  name: string
  server: ServerName
  path: string
  body: keyof Reviews
  /** What the answer must hold, so that nothing is measured that answers fast and wrong. */
  answers: (answer: string, sent: string) => boolean
}

interface Answer {
  response: { uid: string; allowed: boolean; patch?: string }
}

const uidOf = (sent: string) => (JSON.parse(sent) as { request: { uid: string } }).request.uid

function responds(holds: (response: Answer['response']) => boolean): Case['answers'] {
  return (answer, sent) => {
    const { response } = JSON.parse(answer) as Answer
    return response.uid === uidOf(sent) && holds(response)
  }
}

const echoes: Case['answers'] = (answer, sent) => answer === sent
const allows = responds(({ allowed, patch }) => allowed && patch === undefined)
const patches = responds(({ allowed, patch }) => allowed && patch !== undefined)
const denies = responds(({ allowed }) => !allowed)

/** The first of each body is what the others with that body are compared with. */
export const cases: readonly Case[] = [
  { name: 'fastify, echo', server: 'fastify', path: '/echo', body: 'create', answers: echoes },
  { name: 'fastify, constant answer', server: 'fastify', path: '/allow', body: 'create', answers: allows },
  { name: 'holdfast /mutate', server: 'holdfast', path: '/mutate', body: 'create', answers: patches },
  {
    name: 'holdfast /validate/enforce',
    server: 'holdfast',
    path: '/validate/enforce',
    body: 'create',
    answers: denies
  },
  { name: 'fastify, echo of an UPDATE', server: 'fastify', path: '/echo', body: 'update', answers: echoes },
  { name: 'holdfast /mutate, an UPDATE', server: 'holdfast', path: '/mutate', body: 'update', answers: allows }
]

export const connectionCounts = [1, 10, 50] as const

export function urlOf({ path }: Case, { address, port }: Server): string {
  return `https://${address}:${port}${path}`
}

function post(url: string, body: string): Promise<{ status: number; answer: string }> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  // The throwaway certificate of --standalone is nobody's but its own.
  const options = { method: 'POST', headers, agent: false as const, timeout: 5000, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject)
    })
    outgoing.once('error', reject).once('timeout', () => outgoing.destroy(new Error('no answer within 5 s')))
    outgoing.end(body)
  })
}

/** Sends one review until the server is there, and fails where its answer is not the right one. */
export async function checkCase(one: Case, server: Server, body: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { status, answer } = await post(urlOf(one, server), body).catch((error: unknown) => {
      return { status: 0, answer: String(error) }
    })
    if (status === 200 && one.answers(answer, body)) return
    const failure = server.failure()
    if (failure !== undefined) throw new Error(failure)
    // Only "not there yet" may pass by itself: no connection, or not ready.
    if ((status !== 0 && status !== 503) || attempt === 100) {
      throw new Error(`${one.name}: a wrong answer, ${status}: ${answer.slice(0, 400)}`)
    }
    await wait(200)
  }
}
