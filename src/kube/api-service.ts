import { expectShape, object, string } from './shape.ts'

/** An APIService: that its API group is served is all that is read of it. */
export interface ApiService {
  group: string
}

const apiService = object({ spec: object({ group: string }) })

/** Throws MalformedObject, which names the field. */
export function parseApiService(raw: unknown): ApiService {
  expectShape(apiService, raw)
  return { group: raw.spec?.group ?? '' }
}

/** Every API server has it for its own groups (kubernetes pkg/controlplane/apiserver/aggregator.go). */
export const ownApiService = 'v1.apps'
