import { Registry, collectDefaultMetrics } from 'prom-client'
import t from 'tap'
import { collectProcessMetrics } from '../../src/server/process-metrics.ts'

async function describedBy(registry: Registry): Promise<readonly string[]> {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line.startsWith('# '))
}

void t.test('all default metrics of the client library but the garbage collections', async (test) => {
  const [own, whole] = [new Registry(), new Registry()]
  collectProcessMetrics(own)
  collectDefaultMetrics({ register: whole })
  const wanted = (await describedBy(whole)).filter((line) => !line.includes('nodejs_gc_duration_seconds'))
  test.ok(wanted.length > 20)
  test.strictSame(await describedBy(own), wanted)
  test.equal((await describedBy(whole)).length, wanted.length + 2)
})
