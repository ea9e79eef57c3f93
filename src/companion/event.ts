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

/** News for the owner of an object. */
interface News {
  regarding: Regarding
  type: 'Normal' | 'Warning'
  note: string
}

/** News about the companion of a workload. */
export interface CompanionEvent extends News {
  reason: 'CompanionRemoved' | 'CompanionNotKept' | 'CompanionGaveWay' | 'CompanionRefused' | 'MaxUnavailableRefused'
}

/** News about what was added to a workload at admission. */
export interface RepairEvent extends News {
  reason: 'Repaired'
}

/** News about what a scan has found in an object. */
export interface FindingEvent extends News {
  reason: 'RequiredFinding' | 'RequiredFindingGone'
}

export type ObjectEvent = CompanionEvent | RepairEvent | FindingEvent

/** What the controller did when it had the news. */
const actions: Readonly<Record<ObjectEvent['reason'], string>> = {
  CompanionRemoved: 'KeepCompanion',
  CompanionNotKept: 'KeepCompanion',
  CompanionGaveWay: 'KeepCompanion',
  CompanionRefused: 'KeepCompanion',
  MaxUnavailableRefused: 'KeepCompanion',
  Repaired: 'Repair',
  RequiredFinding: 'Scan',
  RequiredFindingGone: 'Scan'
}

const longestName = 253
const hashLength = 16
const longestNote = 1024

/** Names an Event by its content, so that a repetition is the same Event. */
export function eventName({ regarding, reason, note }: ObjectEvent): string {
  const text = JSON.stringify([regarding.uid, reason, note])
  const hash = createHash('sha256').update(text).digest('hex').slice(0, hashLength)
  const head = regarding.name.slice(0, longestName - hashLength - 1).replace(/[^a-z0-9]+$/, '')
  return `${head}.${hash}`
}

/** The Event of events.k8s.io/v1. */
export function buildEvent(event: ObjectEvent, { instance, at }: { instance: string; at: Date }): object {
  const { regarding, type, reason, note } = event
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(event), namespace: regarding.namespace },
    eventTime: toMicroTime(at),
    reportingController,
    reportingInstance: instance,
    action: actions[reason],
    regarding,
    type,
    reason,
    note: note.slice(0, longestNote).toWellFormed()
  }
}
