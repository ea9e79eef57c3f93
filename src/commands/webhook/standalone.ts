import { type ServerVersion } from '../../kube/server-version.ts'
import { versionLine } from '../manifest.ts'

/** What is assumed where there is no API server to ask: a current one. */
export const assumedServerVersion: ServerVersion = { major: 1, minor: 36 }

/** What to say to a person who tries it out. */
export function standaloneGreeting(where: { reviews: string; health: string; profile: string }): string {
  return `${versionLine}, without a cluster, profile ${where.profile}
  reviews  https://${where.reviews}
  health   http://${where.health}/readyz

What it would do to a bare Deployment (the patch is in base64):

  curl -sk https://${where.reviews}/mutate -H 'content-type: application/json' --data @docs/examples/deployment-review.json

What it would say of it: the same with /validate/enforce. Decisions are logged to stdout. Ctrl-C ends it.
`
}
