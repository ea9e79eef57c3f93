/** An object of a report. */
export interface ReportedObject {
  apiVersion: string
  kind: string
  /** Empty if its file says none. */
  namespace: string
  name: string
}
