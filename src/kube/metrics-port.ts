import { baseName } from './base-name.ts'
import type { Container } from './pod.ts'

/** Names of ports and images that serve those who watch the application, not its clients. */
const portName =
  /metric|telemetry|monitor|exporter|debug|pprof|jmx|(?:^|-)(?:prom|prometheus|admin|probe|stats|healthz?|healthcheck)(?:-|$)/
const imageName = /exporter|(?:^|[-_])(?:metrics|debug)$/

/** Whether the name of a port says that it is for metrics, debugging or health checks. */
export function isNamedForMetrics(name: string | undefined): boolean {
  return name !== undefined && portName.test(name)
}

/** Whether the name of the image says that it serves only metrics or a debugger. */
export function isMetricsImage(container: Container): boolean {
  return imageName.test(imageNameOf(container))
}

/** The last part of an image's name, without registry, tag and digest: `redis-exporter`. */
export function imageNameOf({ image = '' }: Container): string {
  const digest = image.indexOf('@')
  const name = baseName(digest < 0 ? image : image.slice(0, digest))
  const tag = name.indexOf(':')
  return tag < 0 ? name : name.slice(0, tag)
}
