import t from 'tap'
import { imageNameOf, isMetricsImage, isNamedForMetrics } from '../../src/kube/metrics-port.ts'

const forMetrics = 'metrics http-metrics metrics-https http-prom prometheus telemetry monitoring pprof http-debug'
const forMore = 'admin http-admin health healthz health-probe probe stats jmx redis-exporter'
const forClients = 'http https web grpc promotions api console admins probes-api problem status healthcare'

void t.test('isNamedForMetrics', (test) => {
  for (const name of `${forMetrics} ${forMore}`.split(' ')) test.equal(isNamedForMetrics(name), true, name)
  for (const name of forClients.split(' ')) test.equal(isNamedForMetrics(name), false, name)
  test.equal(isNamedForMetrics(undefined), false, 'a port without a name')
  test.end()
})

void t.test('isMetricsImage', (test) => {
  for (const image of [
    'example.com/queue-exporter',
    'redis_exporter:1.6',
    'registry:5000/kube-state-metrics@sha256:0'
  ]) {
    test.equal(isMetricsImage({ image }), true, image)
  }
  for (const image of [
    'prom/prometheus:v3',
    'example.com/metrics/web:1',
    'example.com/web:debug',
    'exporter:5000/web'
  ]) {
    test.equal(isMetricsImage({ image }), false, image)
  }
  test.equal(isMetricsImage({}), false, 'no image')
  test.end()
})

void t.test('imageNameOf', (test) => {
  test.equal(imageNameOf({ image: 'registry.example:5000/team/web:1.4@sha256:abc' }), 'web')
  test.equal(imageNameOf({ image: 'web' }), 'web')
  test.equal(imageNameOf({}), '')
  test.end()
})
