import type { Labels } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import { expectShape, integer, integerOrString, list, object, string, strings } from './shape.ts'

/** A port of a Service, and where in the pods it leads. */
export interface ServicePort {
  name: string | undefined
  port: number
  /** A number, or the name of a container port; where it is left out, the port itself. */
  targetPort: number | string
  protocol: string
}

/** A Service, as far as it says which pods it sends traffic to, and where. */
export interface Service {
  metadata: Metadata
  /** Undefined or empty: it selects no pods, and someone else keeps its endpoints. */
  selector: Labels | undefined
  /** It has no address of its own: clients get those of the pods, and use whatever port they know. */
  headless: boolean
  ports: readonly ServicePort[]
}

const service = object({
  metadata,
  spec: object({
    type: string,
    clusterIP: string,
    selector: strings,
    ports: list(object({ name: string, port: integer, targetPort: integerOrString, protocol: string }))
  })
})

/** Throws MalformedObject, which names the field. A Service of type ExternalName selects nothing. */
export function parseService(raw: unknown): Service {
  expectShape(service, raw)
  const { type, clusterIP, selector, ports = [] } = raw.spec ?? {}
  return {
    metadata: raw.metadata ?? {},
    selector: type === 'ExternalName' ? undefined : selector,
    headless: clusterIP === 'None',
    ports: ports.map(({ name, port = 0, targetPort, protocol = 'TCP' }) => {
      // The API server writes 0 where it is left out of some old objects.
      const leadsTo = targetPort === undefined || targetPort === 0 || targetPort === '' ? port : targetPort
      return { name, port, targetPort: leadsTo, protocol }
    })
  }
}
