import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { parseFlags } from '../config/flags.ts'
import { ConfigError } from '../config/problems.ts'
import { versionLine } from './own-version.ts'
import type { RunCommand } from './command.ts'

/** How often a webhook is asked, and how long between two attempts: half a minute in all. */
export interface Patience {
  attempts: number
  pauseMs: number
}

const answerMs = 5000
const declared = [
  { name: 'help', description: 'print this help' },
  { name: 'version', description: 'print the version' }
]

/** An object that nobody has, in a namespace that nobody has: the answer depends on no policy. */
const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'ping',
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    userInfo: {},
    dryRun: true,
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ping' } }
  }
})

export const run: RunCommand = (invocation) => ping(invocation, { attempts: 30, pauseMs: 1000 })

export async function ping({ args }: Parameters<RunCommand>[0], { attempts, pauseMs }: Patience): Promise<number> {
  const { values, positionals } = parseFlags(args, declared)
  if (values.has('help') || values.has('version')) {
    console.log(values.has('help') ? help : versionLine)
    return 0
  }
  const url = toUrl(positionals)
  let why = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await pause(pauseMs)
    const failure = await ask(url)
    if (failure === undefined) {
      console.log(`${url.href} answers`)
      return 0
    }
    why = failure
  }
  console.error(`${url.href} does not answer: ${why}`)
  return 1
}

function toUrl([given, ...others]: readonly string[]): URL {
  const url = given === undefined || others.length > 0 ? null : URL.parse(given)
  if (url?.protocol === 'https:') return url
  throw new ConfigError(['ping takes one URL, as in https://holdfast-webhook.holdfast-system.svc:443/validate/warn'])
}

/** Why there is no answer; undefined if there is one. The certificate is not checked: API servers alone have its authority. */
async function ask(url: URL): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(answerMs)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    const call = request(url, { method: 'POST', headers, signal, rejectUnauthorized: false }, (response) => {
      const { statusCode = 0 } = response
      text(response).then((body) => resolve(statusCode === 200 ? undefined : `${statusCode} ${body.trim()}`), reject)
    })
    call.on('error', reject)
    call.end(review)
    return await promise
  } catch (error) {
    if (signal.aborted) return `no answer in ${answerMs / 1000} s`
    return error instanceof Error ? error.message : String(error)
  }
}

const help = `Sends reviews to a webhook until it answers, for at most half a minute. "helm test" runs it in the cluster.

Usage: holdfast ping <url>

Exit codes: 0 it answers, 1 it does not, 2 the command line is wrong.`
