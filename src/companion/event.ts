import { createHash } from 'node:crypto'
import { reportingController } from '../engine/api.ts'

/** The object that an event is about. */
export interface Regarding {
  apiVersion: string
  kind: string
  namespace: string
  name: string
  uid: string
}

/** Something that the owner of a workload should hear about its companion. */
export interface Announcement {
  regarding: Regarding
  type: 'Normal' | 'Warning'
  reason: 'CompanionRemoved' | 'CompanionNotKept' | 'MaxUnavailableRefused'
  note: string
}

const longestName = 253
const hashLength = 16
const longestNote = 1024

/** An instant as Kubernetes' MicroTime is written. */
export function toMicroTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}

/** The same for the same announcement, so that it is one event however often it is made. */
export function eventName({ regarding, reason, note }: Announcement): string {
  const said = JSON.stringify([regarding.uid, reason, note])
  const hash = createHash('sha256').update(said).digest('hex').slice(0, hashLength)
  const head = regarding.name.slice(0, longestName - hashLength - 1).replace(/[^a-z0-9]+$/, '')
  return `${head}.${hash}`
}

/** An event of events.k8s.io/v1. */
export function buildEvent(announcement: Announcement, { instance, at }: { instance: string; at: Date }): object {
  const { regarding, type, reason, note } = announcement
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(announcement), namespace: regarding.namespace },
    eventTime: toMicroTime(at),
    reportingController,
    reportingInstance: instance,
    action: 'KeepCompanion',
    regarding,
    type,
    reason,
    note: note.slice(0, longestNote).toWellFormed()
  }
}
