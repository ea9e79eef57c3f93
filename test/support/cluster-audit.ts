import { readFileSync } from 'node:fs'

/** As much of an event of the API server's audit log as the tests read. */
export type AuditEvent = {
  readonly verb: string
  readonly requestURI: string
  readonly user?: { readonly username: string }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly namespace?: string
    readonly name?: string
    readonly subresource?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly annotations?: Readonly<Record<string, string>>
}

/** The events so far; one that is still being written is left for the next time. */
export function readAuditLog(file: string): readonly AuditEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent)
}
