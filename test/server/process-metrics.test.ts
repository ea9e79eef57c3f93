import { Registry, collectDefaultMetrics } from 'prom-client'
import t from 'tap'
import { Metrics } from '../../src/server/metrics.ts'
import { collectProcessMetrics } from '../../src/server/process-metrics.ts'

const collections = 'nodejs_gc_duration_seconds'

/** Descriptions, and series without their values. */
async function linesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '')
  return lines.map((line) => (line.startsWith('# ') ? line : line.replace(/ \S+$/, '')))
}

void t.test('all default metrics of the client library but the garbage collections', async (test) => {
  const [own, whole] = [new Registry(), new Registry()]
  collectProcessMetrics(own)
  collectDefaultMetrics({ register: whole })
  const all = await linesOf(whole)
  const wanted = all.filter((line) => !line.includes(collections))
  test.strictSame(await linesOf(own), wanted)
  test.ok(wanted.length > 40 && wanted.length < all.length)
})

void t.test('the webhook observes no garbage collection', async (test) => {
  const lines = await linesOf(new Metrics({ mostNamespaces: 2 }).registry)
  test.ok(lines.includes('nodejs_eventloop_lag_max_seconds'))
  test.notOk(lines.some((line) => line.includes(collections)))
})
