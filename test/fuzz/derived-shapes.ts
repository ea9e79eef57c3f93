import { Inventory } from '../../src/inventory/inventory.ts'
import { allKinds, type KindName } from '../../src/kube/kinds.ts'
import type { Json, JsonMap } from '../support/workloads.ts'
import { type Collection, collectionsIn, filled, formOf, laidOver, placed } from './parsed-form.ts'
import { type Shape, autoscaler, budget, deployment, matching, object, service, times, web } from './shapes.ts'

/** Bytes of a collection at size 1. */
const bytesAlone = 48 * 1024
const bytesTogether = 3 * 1024
const objectsAround = 150

const labels = { app: 'web' }
const template = { metadata: { labels }, spec: { containers: web(2) } }
const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }

/** What an object of each kind needs, to be about the pods of the Deployment `web`. */
const aboutWeb: Readonly<Record<KindName, JsonMap>> = {
  Deployment: { spec: { replicas: 3, selector: matching, template } },
  StatefulSet: { spec: { replicas: 3, selector: matching, template } },
  DaemonSet: { spec: { selector: matching, template } },
  ReplicaSet: { spec: { replicas: 3, selector: matching, template } },
  Job: { spec: { template } },
  CronJob: { spec: { jobTemplate: { spec: { template } } } },
  Pod: template,
  PodDisruptionBudget: { spec: { minAvailable: 3, selector: matching } },
  HorizontalPodAutoscaler: { spec: { scaleTargetRef: targetRef, minReplicas: 2, maxReplicas: 5 } },
  ScaledObject: { spec: { scaleTargetRef: targetRef, minReplicaCount: 2, maxReplicaCount: 5 } },
  Service: { spec: { clusterIP: '10.0.0.1', selector: labels, ports: [{ name: 'p0', port: 80, targetPort: 'p0' }] } },
  PersistentVolumeClaim: { spec: { accessModes: ['ReadWriteOnce'] } },
  PersistentVolume: { spec: {} },
  PriorityClass: {},
  ResourceQuota: { spec: { hard: { 'requests.cpu': '1', 'limits.memory': '1Gi' } } },
  LimitRange: { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, defaultRequest: { cpu: '10m' } }] } },
  VerticalPodAutoscaler: {
    spec: { targetRef, resourcePolicy: { containerPolicies: [{ containerName: 'c0', controlledResources: ['cpu'] }] } }
  },
  APIService: { spec: { group: 'metrics.k8s.io' } },
  Node: { spec: {} },
  Namespace: {}
}

function of(kind: KindName, name = 'web'): JsonMap {
  const { kind: _kind, metadata: own, ...rest } = { kind, metadata: {}, ...aboutWeb[kind] }
  return object(kind, name, rest, { labels, ...(own as JsonMap) })
}

/** Three of whatever a workload, a budget or an autoscaler is compared with. */
const surroundings: readonly JsonMap[] = [
  ...times(3, (index) => budget(`b${index}`)),
  ...times(3, (index) => service(`s${index}`, 3, (port) => `p${port}`)),
  ...times(3, (index) => deployment({ name: `w${index}` })),
  autoscaler({}),
  of('StatefulSet', 'set'),
  of('VerticalPodAutoscaler'),
  of('ResourceQuota'),
  of('LimitRange'),
  of('PersistentVolumeClaim')
]

/** What a parser leaves to those who read it: checked there, and so in no form. */
const unparsed: readonly Collection[] = (
  [
    ['command', 'text'],
    ['args', 'text'],
    ['env', 'variable'],
    ['volumeMounts', 'mount']
  ] as const
).map(([name, item]) => {
  const fields = item === 'text' ? undefined : new Map([['name', { type: 'text' as const }]])
  const form = fields === undefined ? ({ type: 'text' } as const) : ({ type: 'object', fields } as const)
  return { at: ['spec', 'template', 'spec', 'containers', 0, name], form: { type: 'list', item: form } }
})

function nameOf({ at }: Collection): string {
  return at.filter((token) => typeof token === 'string').join('.')
}

function reversed(value: Json): Json {
  return Array.isArray(value) ? (value as readonly Json[]).toReversed() : value
}

/** A subject whose one collection is long, and was the other way round before. */
function alone(kind: KindName, collection: Collection): Build {
  return (n) => {
    const value = filled(collection, bytesAlone * n)
    const made = (one: Json) => laidOver(of(kind), placed(collection, one)) as JsonMap
    return { kind, object: made(value), old: made(reversed(value)), around: surroundings }
  }
}

/** A subject all of whose collections are long: what compares two of them takes the product of both. */
function together(kind: KindName, collections: readonly Collection[]): Build {
  return (n) => {
    const made = (turn: (value: Json) => Json) =>
      collections.reduce<Json>((whole, one) => {
        return laidOver(whole, placed(one, turn(filled(one, bytesTogether * n))))
      }, of(kind)) as JsonMap
    return { kind, object: made((value) => value), old: made(reversed), around: surroundings }
  }
}

/** Many objects of a kind around a Deployment. */
function around(kind: KindName): Build {
  return (n) => {
    const pod = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'web0' } }] }
    const many = times(objectsAround * n, (index) => of(kind, `web${index}`))
    return { kind: 'Deployment', object: deployment({ containers: web(50 * n), pod }), around: many }
  }
}

/** An object around a Deployment whose one collection is long. */
function longAround(kind: KindName, collection: Collection): Build {
  return (n) => {
    const other = laidOver(of(kind), placed(collection, filled(collection, bytesAlone * n))) as JsonMap
    return { kind: 'Deployment', object: deployment({ containers: web(100 * n) }), around: [other] }
  }
}

type Shapes = Readonly<Record<string, (n: number) => Shape>>

/**
 * Shapes that nobody has to think of, from what the parsers read: what a new policy reads is among them as soon as a parser lets it
 * through. `together`: of each kind of subject, all collections at once. `alone`: each of them. `around`: of each kind that facts are taken
 * from, many objects, and each collection of one.
 */
export function derivedShapes(): Readonly<Record<'together' | 'alone' | 'around', Shapes>> {
  const shapes = { together: {} as Record<string, Build>, alone: {} as Record<string, Build>, around: aroundShapes() }
  for (const { kind, parse } of allKinds) {
    if (parse === undefined) continue
    const collections = collectionsIn(formOf(parse))
    if (kind === 'Deployment') collections.push(...unparsed)
    shapes.together[`all collections of a ${kind}`] = together(kind, collections)
    for (const one of collections) {
      // The metadata and the pod template are the same in all kinds.
      if (!(nameOf(one) in shapes.alone)) shapes.alone[nameOf(one)] = alone(kind, one)
    }
  }
  return shapes
}

type Build = Shapes[string]

function aroundShapes(): Shapes {
  const shapes: Record<string, Build> = {}
  new Inventory().visitKinds(({ kind: { resource }, transform }) => {
    const kind = allKinds.find((one) => one.resource === resource)
    if (kind?.namespaced !== true) return
    shapes[`${resource} around`] = around(kind.kind)
    const collections = collectionsIn(formOf(transform)).filter((one) => !nameOf(one).includes('template'))
    for (const one of collections)
      shapes[`${nameOf(one)} of one of the ${resource} around`] = longAround(kind.kind, one)
  })
  return shapes
}
