import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import { run } from '../support/cluster-kubectl.ts'
import { clusterPatience } from '../support/cluster-open.ts'
import { chart, helmPath, must } from '../support/helm.ts'
import { hasPrometheus } from '../support/prometheus.ts'

const labels = 'name="enforce.holdfast.dev",type="validating"'
const failOpen = `apiserver_admission_webhook_fail_open_count{${labels},job="apiserver",instance="a"}`
const rejected = `apiserver_admission_webhook_rejection_count{${labels},error_type="calling_webhook_error",job="apiserver",instance="a"}`
const up = { series: 'up{job="apiserver",instance="a"}', values: '1x120' }
const issued = 'holdfast_certificate_issued_timestamp_seconds{instance="w"}'
const expiry = 'holdfast_certificate_expiry_timestamp_seconds{instance="w"}'
const day = 86_400

interface Case {
  /** Series by their samples, one each half minute; `_` is none. */
  readonly series: Readonly<Record<string, string>>
  /** Whether the alert fires at these times, `3m` after the first sample. */
  readonly fires: Readonly<Record<string, boolean>>
  readonly labels?: Readonly<Record<string, string>>
}

const named = { name: 'enforce.holdfast.dev' }

const cases: Readonly<Record<string, readonly [alert: string, Case]>> = {
  'an outage of four minutes, from the tenth on': [
    'HoldfastCallsFailOpen',
    // A counter that is there: two calls each half minute for four minutes.
    { series: { [failOpen]: '3x20 5+2x6 17x60' }, fires: { '9m': false, '12m': true, '20m': false }, labels: named }
  ],
  'a burst on a counter that is new': [
    'HoldfastCallsFailOpen',
    { series: { [failOpen]: '_x20 7x100' }, fires: { '9m': false, '11m': true, '20m': false }, labels: named }
  ],
  'an old counter of an API server that Prometheus has just found': [
    'HoldfastCallsFailOpen',
    { series: { [failOpen.replace('instance="a"', 'instance="b"')]: '7x120' }, fires: { '1m': false, '3m': false } }
  ],
  'calls of other webhooks': [
    'HoldfastCallsFailOpen',
    { series: { [failOpen.replace('.holdfast.dev', '.example.test')]: '0+5x120' }, fires: { '20m': false } }
  ],
  'refused calls': [
    'HoldfastCallsFail',
    { series: { [rejected]: '_x20 1x100' }, fires: { '9m': false, '11m': true }, labels: named }
  ],
  'no webhook': [
    'HoldfastWebhookAway',
    {
      series: { 'holdfast_build_info{component="webhook",version="1",instance="w"}': '1x20 _x100' },
      fires: { '9m': false, '22m': true },
      labels: { component: 'webhook' }
    }
  ],
  'a certificate of ninety days that is not renewed': [
    'HoldfastCertificateExpires',
    {
      // At zero 19 of its 90 days are left, some more than a fifth.
      series: { [issued]: `${-71 * day}x3000`, [expiry]: `${19 * day}x3000` },
      fires: { '5m': false, '24h': false, '25h': true },
      labels: {}
    }
  ],
  'a certificate of one hour': [
    'HoldfastCertificateExpires',
    {
      series: { [issued]: '0x200', [expiry]: '3600x200' },
      fires: { '20m': false, '40m': false, '51m': true },
      labels: {}
    }
  ],
  'no leader': [
    'HoldfastNoLeader',
    { series: { 'holdfast_leader{instance="c"}': '1x10 0x100' }, fires: { '4m': false, '12m': true }, labels: {} }
  ],
  'facts that are old': [
    'HoldfastClusterNotSeen',
    {
      series: { 'holdfast_cluster_staleness_seconds{job="h",instance="w",resource="nodes"}': '1x10 130x100' },
      fires: { '4m': false, '12m': true },
      labels: { job: 'h', resource: 'nodes' }
    }
  ],
  'an exemption that has ended': [
    'HoldfastExemptionEnded',
    {
      series: { 'holdfast_exemption_days_left{object_namespace="shop",policy="min-replicas"}': '-1x300' },
      fires: { '30m': false, '65m': true },
      labels: { object_namespace: 'shop', policy: 'min-replicas' }
    }
  ],
  'companions that cannot be written': [
    'HoldfastReconcileErrors',
    {
      series: { 'holdfast_reconcile_errors_total{instance="c"}': '0+1x200' },
      fires: { '10m': false, '40m': true },
      labels: {}
    }
  ],
  'a bundle that another tool writes': [
    'HoldfastBundleContested',
    {
      series: { 'holdfast_ca_bundle_writes_total{instance="c"}': '0+1x200' },
      fires: { '2m': false, '20m': true },
      labels: {}
    }
  ],
  'certificates that cannot be written': [
    'HoldfastCertificateErrors',
    {
      series: { 'holdfast_certificate_errors_total{instance="c"}': '0+1x400' },
      fires: { '20m': false, '90m': true },
      labels: {}
    }
  ]
}

interface Rule {
  readonly alert: string
  readonly labels: object
  readonly annotations: Readonly<Record<string, string>>
}

async function rulesOf(): Promise<readonly Rule[]> {
  const args = ['template', 'holdfast', chart, '--namespace', 'holdfast-system', '--set', 'prometheusRule.enabled=true']
  const objects = parseAllDocuments(await must(run([await helmPath(), ...args], {}))).map(
    (document) => document.toJS() as { kind: string; spec: { groups: readonly [{ rules: readonly Rule[] }] } } | null
  )
  return objects.find((object) => object?.kind === 'PrometheusRule')?.spec.groups[0].rules ?? []
}

/** Annotations as Prometheus fills them in. */
function filled(annotations: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>): object {
  const fill = (text: string) => text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => values[name] ?? '')
  return Object.fromEntries(Object.entries(annotations).map(([key, text]) => [key, fill(text)]))
}

function toTest(name: string, alert: string, given: Case, rules: readonly Rule[]): object {
  const rule = rules.find((one) => one.alert === alert)
  if (rule === undefined) throw new Error(`there is no alert ${alert}`)
  const values = given.labels ?? {}
  const expected = [{ exp_labels: { ...rule.labels, ...values }, exp_annotations: filled(rule.annotations, values) }]
  return {
    name,
    interval: '30s',
    input_series: [up, ...Object.entries(given.series).map(([series, samples]) => ({ series, values: samples }))],
    alert_rule_test: Object.entries(given.fires).map(([time, fires]) => ({
      eval_time: time,
      alertname: alert,
      exp_alerts: fires ? expected : []
    }))
  }
}

async function checkRules(t: Test): Promise<void> {
  const rules = await rulesOf()
  const folder = t.testdir({})
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'holdfast', rules }] }))
  const checked = await run(
    ['promtool', 'check', 'rules', '--lint=all', '--lint-fatal', join(folder, 'rules.yaml')],
    {}
  )
  t.equal(checked.code, 0, checked.stdout + checked.stderr)
  t.strictSame(
    rules.map(({ alert }) => alert).filter((alert) => !Object.values(cases).some(([tested]) => tested === alert)),
    [],
    'every alert has a test'
  )
  const tests = Object.entries(cases).map(([name, [alert, given]]) => toTest(name, alert, given, rules))
  writeFileSync(join(folder, 'test.yaml'), stringify({ rule_files: ['rules.yaml'], evaluation_interval: '30s', tests }))
  const { code, stdout, stderr } = await run(['promtool', 'test', 'rules', join(folder, 'test.yaml')], {})
  t.equal(code, 0, stdout + stderr)
}

tap.setTimeout(clusterPatience)
if (hasPrometheus(tap)) await tap.test('alerts fire when they should, and not before', checkRules)
