import { createHash } from 'node:crypto'
import { reportingController } from '../engine/api.ts'
import { toMicroTime } from '../kube/micro-time.ts'

/** The object that an event is about. */
export interface Regarding {
  apiVersion: string
  kind: string
  namespace: string
  name: string
  uid: string
}

/** News for the owner of a workload. */
interface News {
  regarding: Regarding
  type: 'Normal' | 'Warning'
  note: string
}

/** News about its companion. */
export interface CompanionEvent extends News {
  reason: 'CompanionRemoved' | 'CompanionNotKept' | 'CompanionGaveWay' | 'CompanionRefused' | 'MaxUnavailableRefused'
}

/** News about what was added to it at admission. */
export interface RepairEvent extends News {
  reason: 'Repaired'
}

export type WorkloadEvent = CompanionEvent | RepairEvent

const longestName = 253
const hashLength = 16
const longestNote = 1024

/** Names an Event by its content, so that a repetition is the same Event. */
export function eventName({ regarding, reason, note }: WorkloadEvent): string {
  const text = JSON.stringify([regarding.uid, reason, note])
  const hash = createHash('sha256').update(text).digest('hex').slice(0, hashLength)
  const head = regarding.name.slice(0, longestName - hashLength - 1).replace(/[^a-z0-9]+$/, '')
  return `${head}.${hash}`
}

/** The Event of events.k8s.io/v1. */
export function buildEvent(event: WorkloadEvent, { instance, at }: { instance: string; at: Date }): object {
  const { regarding, type, reason, note } = event
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(event), namespace: regarding.namespace },
    eventTime: toMicroTime(at),
    reportingController,
    reportingInstance: instance,
    action: reason === 'Repaired' ? 'Repair' : 'KeepCompanion',
    regarding,
    type,
    reason,
    note: note.slice(0, longestNote).toWellFormed()
  }
}
