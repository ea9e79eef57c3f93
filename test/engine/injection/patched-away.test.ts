import t from 'tap'
import { valueAt } from '../../../src/kube/json.ts'
import { deployment, type JsonMap, overTheWire, tcpProbe, web } from '../../support/workloads.ts'
import { created, podWith, recordIn, updated } from './update.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const probeAt = 'containers[name=web].readinessProbe'
const probed: JsonMap = { ...web, readinessProbe: { ...tcpProbe, periodSeconds: 7 } }

/** What `kubectl apply` sends of a manifest: the manifest itself is in its annotation. */
function appliedAs(container: JsonMap): JsonMap {
  const manifest = deployment({ containers: [container] })
  return deployment({ containers: [container], annotations: { [lastApplied]: JSON.stringify(manifest) } })
}

/** The object with the manifest of a later `kubectl apply`, which came to this container. */
function appliedOver(object: unknown, container: JsonMap): unknown {
  const copy = overTheWire(podWith(object, {}, container)) as { metadata: { annotations: Record<string, string> } }
  copy.metadata.annotations[lastApplied] = JSON.stringify(deployment({ containers: [container] }))
  return copy
}

const probeOf = (object: unknown): unknown => {
  return valueAt(object, ['spec', 'template', 'spec', 'containers', 0, 'readinessProbe'])
}
const places = (object: unknown): unknown[] => recordIn(object).map(({ at }) => at)
const ports = [{ containerPort: 9090 }]

const live = created(appliedAs(probed))
const patchedAway = updated(podWith(live, {}, { readinessProbe: undefined, image: 'web:2' }), live).after
const setImage = updated(podWith(patchedAway, {}, { image: 'web:3' }), patchedAway).after

void t.test('a probe that was patched away from a manifest is injected and recorded', (test) => {
  test.notOk(places(live).includes(probeAt), 'it was a person’s')
  test.match(probeOf(patchedAway), { tcpSocket: { port: 8080 }, periodSeconds: 5 })
  const entry = recordIn(patchedAway).find(({ at }) => at === probeAt)
  test.match(entry?.['manifest'], /^[0-9a-f]{8}$/, 'beside a manifest that still states one')
  test.end()
})

void t.test('it stays ours, and follows its port', (test) => {
  test.strictSame(recordIn(setImage), recordIn(patchedAway))
  test.match(probeOf(setImage), { tcpSocket: { port: 8080 } })
  const moved = updated(podWith(setImage, {}, { ports }), setImage).after
  test.match(probeOf(moved), { tcpSocket: { port: 9090 } })
  test.ok(places(moved).includes(probeAt))
  test.strictSame(updated(moved, moved).did, [], 'and nothing is left to do')
  test.end()
})

void t.test('another manifest that states it makes it a person’s', (test) => {
  const own = { ...probed, image: 'web:4' }
  const { after } = updated(appliedOver(setImage, own), setImage)
  test.notOk(places(after).includes(probeAt))
  const moved = updated(podWith(after, {}, { ports }), after).after
  test.match(probeOf(moved), { tcpSocket: { port: 8080 }, periodSeconds: 7 }, 'it does not follow the port')
  test.end()
})

void t.test('also where the template stays as it is', (test) => {
  const same = appliedOver(setImage, { ...web, image: 'web:3', readinessProbe: tcpProbe })
  const written = updated(same, setImage)
  test.strictSame(written.did, [], 'nothing restarts for it')
  const moved = updated(podWith(written.after, {}, { ports }), written.after).after
  test.match(probeOf(moved), { tcpSocket: { port: 8080 } })
  test.notOk(places(moved).includes(probeAt))
  test.end()
})

void t.test('a mark that anybody wrote keeps nothing that a manifest states', (test) => {
  const forged = overTheWire(live) as { metadata: { annotations: Record<string, string> } }
  forged.metadata.annotations['holdfast.dev/injected'] = JSON.stringify([
    { policy: 'readiness-probe', at: probeAt, value: tcpProbe, manifest: '00000000' }
  ])
  const { after } = updated(podWith(forged, {}, { ports }), forged)
  test.match(probeOf(after), { tcpSocket: { port: 8080 }, periodSeconds: 7 })
  test.end()
})

void t.test('a record that was patched away from a manifest is ours again', (test) => {
  const exported = overTheWire(created(deployment())) as JsonMap
  const sent = overTheWire(exported) as { metadata: { annotations: Record<string, string> } }
  sent.metadata.annotations[lastApplied] = JSON.stringify(exported)
  const first = updated(sent, exported).after
  const stripped = overTheWire(podWith(first, {}, { readinessProbe: undefined, image: 'web:2' })) as typeof sent
  delete stripped.metadata.annotations['holdfast.dev/injected']
  const { after } = updated(stripped, first)
  test.match(probeOf(after), { tcpSocket: { port: 8080 } })
  test.strictSame(places(after), [probeAt], 'the rest is the manifest’s')
  const moved = updated(podWith(after, {}, { ports }), after).after
  test.match(probeOf(moved), { tcpSocket: { port: 9090 } })
  test.end()
})
