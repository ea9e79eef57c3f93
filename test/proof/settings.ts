import type { Application } from './manifest.ts'
import type { Case } from './cases.ts'

// What the settings of a remedy are worth: written by hand, in a namespace that has not opted in.

const fast: Application = { replicas: 3, startSeconds: 0 }
const slow: Application = { replicas: 3, startSeconds: 2 }
const tcpSocket = { port: 8080 }
const httpGet = { path: '/healthz', port: 8080 }

function sleep(seconds: number): Case {
  const container = { readinessProbe: { tcpSocket, periodSeconds: 1 }, lifecycle: sleepOf(seconds) }
  const title = `rolling restart, listens at once, sleeps ${seconds} s`
  return {
    id: `sleep-${seconds}`,
    title,
    application: { ...fast, container },
    action: 'restart',
    variants: ['without'],
    open: ['without']
  }
}

function period(seconds: number): Case {
  const container = { readinessProbe: { tcpSocket, periodSeconds: seconds }, lifecycle: sleepOf(5) }
  const title = `rolling restart, listens after 2 s, asked every ${seconds} s`
  return {
    id: `period-${seconds}`,
    title,
    application: { ...slow, container },
    action: 'restart',
    variants: ['without'],
    open: ['without']
  }
}

/** A liveness probe as most people write it, with the period and the threshold that Kubernetes has for those who say nothing. */
function threshold(count: number): Case {
  const container = {
    livenessProbe: { httpGet },
    readinessProbe: { httpGet, failureThreshold: count },
    lifecycle: sleepOf(5)
  }
  const title = `liveness fails in one pod, readiness asks the same and gives up after ${count}`
  return {
    id: `threshold-${count}`,
    title,
    application: { ...slow, container },
    action: 'sicken',
    variants: ['without'],
    open: ['without']
  }
}

function sleepOf(seconds: number): object {
  return { preStop: { sleep: { seconds } } }
}

export const settings: readonly Case[] = [
  ...[1, 2, 3, 5].map(sleep),
  ...[1, 2, 5, 10].map(period),
  ...[1, 2, 3].map(threshold)
]
