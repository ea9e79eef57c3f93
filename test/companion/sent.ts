import type { Api, Call } from '../../src/cluster/api/api.ts'
import { ApiError } from '../../src/cluster/api/api-error.ts'

/** An answer of the API server: JSON, or a status that refuses. */
export type Answer = object | number

/** An API server that gives the answers in turn, and what it was asked. After the last answer it repeats that. */
export function sentTo(...answers: readonly Answer[]): { api: Pick<Api, 'send'>; calls: Call[] } {
  const calls: Call[] = []
  const send = async (call: Call): Promise<unknown> => {
    calls.push(structuredClone({ ...call, signal: undefined }))
    const answer = answers[Math.min(calls.length, answers.length) - 1] ?? {}
    if (typeof answer !== 'number') return answer
    throw new ApiError({ asked: `${call.method ?? 'GET'} ${call.path}`, code: answer, status: {} })
  }
  return { api: { send }, calls }
}
