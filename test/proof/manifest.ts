export const appImage = 'proof.holdfast.dev/app'
export const pauseImage = 'proof.holdfast.dev/pause:1'

/** What a user writes, and what the application that it runs is like. */
export interface Application {
  readonly replicas: number
  /** Seconds from its start until it listens. */
  readonly startSeconds: number
  /** On SIGTERM it sends its clients away and finishes what it has in hand, instead of ending at once. */
  readonly graceful?: boolean
  readonly liveness?: boolean
  /** Added to the container as a user would write it. */
  readonly container?: object
}

const labels = { app: 'web' }
const liveness = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 }

/** A Service and a Deployment that declares its port: no probe of readiness, no hook, no budget. */
export function userManifest(app: Application, annotations: Readonly<Record<string, string>> = {}): object {
  const container = {
    name: 'web',
    image: `${appImage}:1`,
    imagePullPolicy: 'Never',
    args: [`-start=${app.startSeconds}s`, ...(app.graceful === true ? ['-graceful'] : [])],
    ports: [{ name: 'http', containerPort: 8080 }],
    ...(app.liveness === true ? { livenessProbe: { ...liveness, initialDelaySeconds: app.startSeconds } } : {}),
    ...app.container
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }
  }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations },
    spec: {
      replicas: app.replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { automountServiceAccountToken: false, containers: [container] } }
    }
  }
  return { apiVersion: 'v1', kind: 'List', items: [service, deployment] }
}
