import t from 'tap'
import type { Admit } from '../../src/admission/answer.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { openReplica, record, review } from './replica.ts'

const marker = 'marker-of-a-secret'

const finding: Finding = {
  policy: 'min-replicas',
  severity: 'required',
  field: 'spec.replicas',
  problem: 'runs 1 replica',
  fix: 'set it to 2 or more',
  certainty: { kind: 'certain' }
}

const judge: Admit = (endpoint, body) => {
  const { request } = body as { request: { uid: string } }
  return {
    body: JSON.stringify({ echo: body }),
    record: {
      ...record,
      uid: request.uid,
      endpoint,
      user: 'u'.repeat(5000),
      verdict: endpoint === 'mutate' ? 'patch' : 'deny',
      verdicts: [
        { policy: 'min-replicas', verdict: 'violated' },
        { policy: 'autoscaler-floor', verdict: 'spared' },
        { policy: 'readiness-probe', verdict: 'unknown' },
        { policy: 'pinned-image', verdict: 'exempt' },
        { policy: 'not-pinned', verdict: 'pass' }
      ],
      findings: endpoint === 'mutate' ? [] : [finding],
      reasons: endpoint === 'mutate' ? [] : [finding],
      denied: endpoint === 'mutate' ? [] : ['min-replicas'],
      warned: endpoint === 'mutate' ? [] : ['readiness-probe'],
      patched: endpoint === 'mutate' ? ['topology-spread'] : []
    }
  }
}

const twoLines: Admit = () => ({ body: '{}', record: { ...record, name: 'a\nb' } })

void t.test('a decision is one line of the log, with no part of the object', async (test) => {
  const { call, lines } = await openReplica(test, { admit: judge })
  await call({ body: review('u-7', { data: { password: marker } }) })
  test.equal(lines.length, 1)
  test.notMatch(lines[0], new RegExp(marker, 'u'))
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  const { level, time, pid, hostname, ms, ...fields } = line
  test.strictSame([level, typeof time, typeof pid, typeof hostname], [30, 'number', 'number', 'string'])
  test.ok(typeof ms === 'number' && ms > 0 && ms < 10_000, 'milliseconds')
  test.strictSame(fields, {
    uid: 'u-7',
    endpoint: 'enforce',
    operation: 'CREATE',
    resource: 'apps/deployments',
    namespace: 'shop',
    name: 'web',
    user: 'u'.repeat(253),
    dryRun: false,
    verdict: 'deny',
    policies: ['min-replicas'],
    spared: ['autoscaler-floor'],
    unknown: ['readiness-probe'],
    profile: 'standard',
    reasons: [{ policy: 'min-replicas', severity: 'required', field: 'spec.replicas' }],
    denied: ['min-replicas'],
    warned: ['readiness-probe'],
    patched: [],
    msg: 'decision'
  })
  await call({ path: '/mutate', body: review('u-8') })
  await call({ path: '/mutate', body: review('u-9') })
  test.strictSame(
    lines.map((text) => (JSON.parse(text) as { uid: string }).uid),
    ['u-7', 'u-8', 'u-9'],
    'each decision has its own'
  )
})

void t.test('a name with a line break stays on its line', async (test) => {
  const { call, lines } = await openReplica(test, { admit: twoLines })
  await call({ body: '{}' })
  test.equal(lines[0]?.trimEnd().includes('\n'), false)
})

void t.test('the metrics count calls, verdicts and injections', async (test) => {
  const { call, probe, metrics } = await openReplica(test, { admit: judge })
  await call({ body: review('a') })
  await call({ body: review('b') })
  await call({ path: '/mutate', body: review('c') })
  await call({ body: 'not JSON' })
  const notAfter = new Date('2027-01-01T00:00:00Z')
  metrics.certificateServed({ notBefore: new Date('2026-10-01T00:00:00Z'), notAfter })
  metrics.certificateReload('loaded')
  const { status, text } = await probe('/metrics')
  test.equal(status, 200)
  const expected = [
    'holdfast_admission_calls_total{endpoint="enforce",outcome="deny"} 2',
    'holdfast_admission_calls_total{endpoint="enforce",outcome="invalid"} 1',
    'holdfast_admission_calls_total{endpoint="enforce",outcome="error"} 0',
    'holdfast_admission_calls_total{endpoint="mutate",outcome="patch"} 1',
    'holdfast_policy_verdicts_total{policy="min-replicas",mode="enforce",verdict="violated"} 2',
    'holdfast_policy_verdicts_total{policy="autoscaler-floor",mode="enforce",verdict="spared"} 2',
    'holdfast_policy_verdicts_total{policy="readiness-probe",mode="mutate",verdict="unknown"} 1',
    'holdfast_violations_total{object_namespace="shop",policy="min-replicas",severity="required",mode="enforce"} 2',
    'holdfast_denials_total{object_namespace="shop",policy="min-replicas"} 2',
    'holdfast_injections_total{object_namespace="shop",policy="topology-spread"} 1',
    'holdfast_admission_dry_runs_total{endpoint="enforce",outcome="deny"} 0',
    'holdfast_admission_duration_seconds_bucket{le="0.0005",endpoint="enforce"}',
    'holdfast_admission_duration_seconds_count{endpoint="enforce"} 2',
    'holdfast_admission_in_flight 0',
    'holdfast_log_lines_dropped_total 0',
    `holdfast_certificate_expiry_timestamp_seconds ${notAfter.getTime() / 1000}`,
    'holdfast_certificate_reloads_total{result="loaded"} 1',
    'holdfast_certificate_reloads_total{result="refused"} 0',
    'process_resident_memory_bytes'
  ]
  for (const line of expected) test.match(text, line, line)
  test.equal((await probe('/metrics')).text.includes(expected[0] ?? ''), true, 'reading does not change the counts')
})

const dry: Admit = (endpoint, body) => {
  const answer = judge(endpoint, body)
  return { ...answer, record: { ...answer.record, dryRun: true } }
}

void t.test('a dry run is counted as one, and as nothing else', async (test) => {
  const { call, probe } = await openReplica(test, { admit: dry })
  for (const path of ['/validate/enforce', '/validate/enforce', '/mutate']) await call({ path, body: review('a') })
  const { text } = await probe('/metrics')
  test.match(text, 'holdfast_admission_dry_runs_total{endpoint="enforce",outcome="deny"} 2')
  test.match(text, 'holdfast_admission_dry_runs_total{endpoint="mutate",outcome="patch"} 1')
  for (const name of ['admission_calls', 'policy_verdicts', 'violations', 'denials', 'injections'])
    test.notMatch(text, new RegExp(`^holdfast_${name}_total\\{.*\\} [1-9]`, 'm'), name)
})

const everywhere: Admit = (endpoint, body) => {
  const answer = judge(endpoint, body)
  return { ...answer, record: { ...answer.record, namespace: answer.record.uid } }
}

void t.test('the namespaces that are named are bounded', async (test) => {
  const { call, probe } = await openReplica(test, { admit: everywhere })
  for (const uid of ['one', 'two', 'three', 'four', 'one']) await call({ body: review(uid) })
  const { text } = await probe('/metrics')
  const counted = [...text.matchAll(/^holdfast_denials_total\{object_namespace="(\w+)".* (\d+)$/gm)]
  test.strictSame(
    counted.map(([, name, count]) => `${name} ${count}`),
    ['one 2', 'two 1', '_others 2'],
    'two of them, and all others together'
  )
})
