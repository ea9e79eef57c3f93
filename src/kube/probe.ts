/** What the API server fills in beside a handler (kubernetes pkg/apis/core/v1/defaults.go). */
export const probeDefaults: ReadonlyMap<string, unknown> = new Map([
  ['timeoutSeconds', 1],
  ['periodSeconds', 10],
  ['successThreshold', 1],
  ['failureThreshold', 3]
])
