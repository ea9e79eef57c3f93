import t from 'tap'
import { type Fact, unknown } from '../../src/inventory/fact.ts'
import { valueAt } from '../../src/kube/json.ts'
import type { Service } from '../../src/kube/service.ts'
import { factsOf, servicesTo } from '../support/facts.ts'
import { admitOf, ask, deployment, type JsonMap, mutated, operationsIn, type Said } from '../support/workloads.ts'

type Services = Fact<readonly Service[]>
const none: Services = servicesTo()
const unseen: Services = unknown('services are stale')

const http = { containerPort: 8080, name: 'http' }
const metrics = { containerPort: 9090, name: 'metrics' }
/** A Deployment of one container with these ports. */
const withPorts = (ports: readonly JsonMap[], image = 'web:1'): JsonMap =>
  deployment({ containers: [{ name: 'web', image, ...(ports.length > 0 && { ports }) }] })
const both = withPorts([http, metrics])
const portless = withPorts([])
const admitWith = (services: Services) => admitOf({ facts: factsOf({ services }) })

function portIn(object: unknown): unknown {
  const place = ['spec', 'template', 'spec', 'containers', 0, 'readinessProbe', 'tcpSocket', 'port']
  return valueAt(object, place)
}

function sleepIn(object: unknown): unknown {
  return valueAt(object, ['spec', 'template', 'spec', 'containers', 0, 'lifecycle', 'preStop', 'sleep', 'seconds'])
}

function created(object: JsonMap, services: Services): unknown {
  return mutated(admitWith(services), { object })
}

/** The port that is probed after an image was changed with these Services around. */
function rolled(before: JsonMap, was: Services, after: JsonMap, now: Services): unknown {
  return portIn(mutated(admitWith(now), { object: after, oldObject: created(before, was) }))
}

void t.test('the port that a Service leads to is probed', (test) => {
  test.equal(portIn(created(both, none)), undefined, 'of two ports neither is known to be the one')
  test.equal(portIn(created(both, unseen)), undefined)
  test.equal(portIn(created(both, servicesTo(8080))), 8080)
  test.equal(portIn(created(both, servicesTo('metrics', 9090))), 9090)
  test.equal(portIn(created(both, servicesTo(8080, 9090))), undefined)
  test.equal(portIn(created(withPorts([http]), none)), 8080, 'the only one, where no Service selects the pod')
  test.equal(portIn(created(withPorts([http]), servicesTo(7070))), undefined, 'the Service leads elsewhere')
  test.equal(portIn(created(portless, servicesTo(7070))), 7070)
  test.equal(portIn(created(portless, unseen)), undefined)
  test.end()
})

void t.test('Services that come and go change nothing of pods that nobody touches', (test) => {
  for (const manifest of [both, portless, withPorts([http])]) {
    for (const before of [none, servicesTo(8080), unseen]) {
      const live = created(manifest, before)
      for (const now of [none, servicesTo(8080), servicesTo(9090), servicesTo(8080, 9090), unseen]) {
        const admit = admitWith(now)
        const again = mutated(admit, { object: manifest, oldObject: live })
        test.strictSame(valueAt(again, ['spec']), valueAt(live, ['spec']), 'the manifest is applied again')
        test.strictSame(operationsIn(ask(admit, 'mutate', { object: live, oldObject: live })), [])
      }
    }
  }
  test.end()
})

void t.test('a template that changes anyway follows the Services', (test) => {
  const [nextBoth, nextPortless] = [withPorts([http, metrics], 'web:2'), withPorts([], 'web:2')]
  test.equal(rolled(both, none, nextBoth, servicesTo(8080)), 8080, 'a Service has come')
  test.equal(rolled(both, servicesTo(8080), nextBoth, servicesTo(9090)), 9090, 'it leads elsewhere')
  test.equal(rolled(both, servicesTo(8080), nextBoth, none), 8080, 'it is gone, and the port is still declared')
  test.equal(rolled(both, servicesTo(8080), nextBoth, unseen), 8080)
  test.equal(rolled(portless, servicesTo(8080), nextPortless, none), undefined, 'it is gone, and nothing is served')
  test.equal(rolled(portless, servicesTo(8080), nextPortless, unseen), 8080, 'what nobody knows takes nothing away')
  test.equal(rolled(portless, servicesTo(8080), nextPortless, servicesTo(8080)), 8080)
  const declaring = withPorts([{ containerPort: 7070 }], 'web:2')
  test.equal(rolled(portless, servicesTo(8080), declaring, unseen), 7070, 'it now declares another port')
  test.equal(rolled(withPorts([http]), none, declaring, unseen), 7070)
  test.equal(rolled(withPorts([http]), none, withPorts([metrics], 'web:2'), unseen), undefined, 'that is for metrics')
  test.end()
})

void t.test('a sleep comes and stays with the Service, too', (test) => {
  const live = created(portless, servicesTo(8080))
  test.equal(sleepIn(live), 5)
  test.equal(sleepIn(created(portless, none)), undefined)
  const object = withPorts([], 'web:2')
  test.equal(sleepIn(mutated(admitWith(unseen), { object, oldObject: live })), 5)
  test.equal(sleepIn(mutated(admitWith(none), { object, oldObject: live })), undefined)
  test.end()
})

function reasonsIn({ status }: Said): unknown[] {
  return status?.details.causes.map(({ field }) => field) ?? []
}

void t.test('what a Service brings to light denies nothing that was there before', (test) => {
  const admit = admitWith(servicesTo(8080))
  const probe = 'spec.template.spec.containers[name=web].readinessProbe'
  test.ok(reasonsIn(ask(admit, 'enforce', { object: portless })).includes(probe), 'a new one is denied')
  test.notOk(reasonsIn(ask(admitWith(unseen), 'enforce', { object: portless })).includes(probe))
  const said = ask(admit, 'enforce', { object: withPorts([], 'web:2'), oldObject: portless })
  test.equal(said.allowed, true)
  test.match(said.warnings?.join('\n'), 'serves port 8080 without a readiness probe')
  test.notOk(
    ask(admitWith(unseen), 'enforce', { object: portless }).warnings?.some((line) =>
      line.startsWith('deployment/web: [readiness-probe]')
    ),
    'of what nobody knows nobody is warned'
  )
  test.end()
})
