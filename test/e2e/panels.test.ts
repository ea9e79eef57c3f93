import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { CertificateMetrics } from '../../src/certificates/metrics.ts'
import { CompanionMetrics } from '../../src/companion/metrics.ts'
import { gaugeNamespaces } from '../../src/commands/controller/namespaces.ts'
import { gaugeBuild } from '../../src/commands/process/build-metrics.ts'
import { gaugeStaleness } from '../../src/commands/process/staleness.ts'
import { buildHealthApp } from '../../src/server/health.ts'
import { ServerState } from '../../src/server/state.ts'
import { post } from '../commands/fetch.ts'
import { listening, start } from '../commands/process.ts'
import { run } from '../support/cluster-kubectl.ts'
import { clusterPatience } from '../support/cluster-open.ts'
import { freePorts } from '../support/cluster-ports.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { hasPrometheus } from '../support/prometheus.ts'

const root = join(import.meta.dirname, '../..')
const review = readFileSync(join(root, 'docs/examples/deployment-review.json'), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

/** The webhook, which is called all the time. Returns where its metrics are. */
async function openWebhook(t: Test): Promise<string> {
  const { reviews, health } = await listening(
    start(t, ['webhook', '--standalone', '--port', '0', '--health-port', '0'])
  )
  const call = () => {
    for (const path of ['/mutate', '/validate/enforce', '/validate/warn', '/validate/audit'])
      post(`https://${reviews}${path}`, review).catch(() => {})
  }
  const calls = setInterval(call, 200)
  t.teardown(() => clearInterval(calls))
  return health
}

/** What a controller that leads measures; there is no cluster for one here. */
async function openController(t: Test): Promise<string> {
  const metrics = new CompanionMetrics()
  metrics.leading = () => true
  metrics.states = () => new Map([['kept', 3]])
  const certificates = new CertificateMetrics(metrics.registry)
  gaugeBuild(metrics.registry, 'controller')
  gaugeStaleness(metrics.registry, () => [['nodes', 1]])
  gaugeNamespaces(metrics.registry, {
    namespaces: new Map([['shop', { labels: { 'holdfast.dev/mode': 'warn' }, terminating: false }]]),
    rules: { excludedNamespaces: new Set() },
    counting: () => true
  })
  const work = setInterval(() => {
    metrics.wrote('create')
    certificates.changed('renew')
  }, 200)
  const app = buildHealthApp({ metrics, state: new ServerState() })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    clearInterval(work)
    await app.close()
  })
  return new URL(url).host
}

/** What an API server counts of its calls, by the names that it has for that (k8s.io/apiserver pkg/admission/metrics). */
async function openApiServer(t: Test): Promise<string> {
  const labels = 'name="enforce.holdfast.dev",type="validating"'
  const server = createServer((_request, response) => {
    const count = Math.floor(performance.now() / 500)
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(
      `apiserver_admission_webhook_fail_open_count{${labels}} ${count}\n` +
        `apiserver_admission_webhook_rejection_count{${labels},error_type="calling_webhook_error",rejection_code="0"} ${count}\n`
    )
  })
  const [port = 0] = await freePorts(1)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `127.0.0.1:${port}`
}

/** Reads the targets each second. Returns where it answers. */
async function openPrometheus(t: Test, targets: readonly string[]): Promise<string> {
  const folder = t.testdir({})
  const [port = 0] = await freePorts(1)
  const jobs = [{ job_name: 'test', static_configs: [{ targets, labels: { namespace: 'holdfast-system' } }] }]
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: jobs }))
  const listen = `--web.listen-address=127.0.0.1:${port}`
  const data = `--storage.tsdb.path=${join(folder, 'data')}`
  const child = spawn('prometheus', [`--config.file=${file}`, data, listen, '--log.level=error'], { stdio: 'inherit' })
  t.teardown(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  })
  return `http://127.0.0.1:${port}`
}

interface Matrix {
  readonly data?: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] }
}

/** Whether a panel shows something, where Prometheus reads every second and Grafana takes four readings for an interval of rates. */
async function shows(prometheus: string, expr: string): Promise<boolean> {
  const query = expr.replaceAll('$__rate_interval', '4s').replaceAll('$namespace', 'holdfast-system')
  const now = Math.floor(Date.now() / 1000)
  const range = new URLSearchParams({ query, start: String(now - 30), end: String(now), step: '1' })
  const { data } = (await (await fetch(`${prometheus}/api/v1/query_range?${range.toString()}`)).json()) as Matrix
  return data?.result.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value)))) ?? false
}

async function checkPanels(t: Test): Promise<void> {
  const targets = [await openWebhook(t), await openController(t), await openApiServer(t)]
  for (const target of targets.slice(0, 2)) {
    const metrics = await (await fetch(`http://${target}/metrics`)).text()
    const own = metrics.split('\n').filter((line) => /^(?:# \w+ )?(?:holdfast|workqueue)_/.test(line))
    const { code, stdout, stderr } = await run(['promtool', 'check', 'metrics'], { input: `${own.join('\n')}\n` })
    t.strictSame({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' }, 'promtool has nothing against them')
  }
  const prometheus = await openPrometheus(t, targets)
  const { panels } = JSON.parse(readFileSync(join(root, 'deploy/chart/files/dashboard.json'), 'utf8')) as Dashboard
  const queries = panels.flatMap(({ title, targets: asked }) => asked.map(({ expr }) => ({ title, expr })))
  t.ok(queries.length > 20, `${queries.length} queries`)
  let empty: readonly string[] = []
  const patience = { what: 'all panels to show something', seconds: 60, everyMilliseconds: 1000 }
  await waitFor({ ...patience, details: () => empty.join('\n') }, async () => {
    const shown = await Promise.all(
      queries.map(async (one) => ({ ...one, is: await shows(prometheus, one.expr).catch(() => false) }))
    )
    empty = shown.filter(({ is }) => !is).map(({ title, expr }) => `${title}: ${expr}`)
    return empty.length === 0 ? true : undefined
  }).catch(() => {})
  t.strictSame(empty, [], 'no panel is empty')
  t.notOk(await shows(prometheus, 'holdfast_nothing{namespace="$namespace"}'), 'an empty one would be found')
}

tap.setTimeout(clusterPatience)
if (hasPrometheus(tap)) await tap.test('every panel of the dashboard shows something', checkPanels)
