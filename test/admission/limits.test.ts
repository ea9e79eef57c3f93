import t from 'tap'
import type { Endpoint } from '../../src/admission/answer.ts'
import { sampleOf } from '../engine/sample.ts'
import {
  admitOf,
  ask,
  deployment,
  endpoints,
  injectedKey,
  type JsonMap,
  overTheWire,
  refusalOf,
  reviewOf,
  saidIn,
  web
} from '../support/workloads.ts'

const admit = admitOf()
const crowd = Array.from({ length: 400 }, (_, index) => ({ ...web, name: `container-${index}` }))

void t.test('warnings: as much as the API server passes on, and how much was left out', (test) => {
  for (const mode of ['warn', 'enforce'] as const) {
    const object = mode === 'warn' ? deployment({ containers: crowd }) : deployment({ containers: crowd, metadata: {} })
    const parts = mode === 'warn' ? { object } : { object, oldObject: object }
    const { warnings = [] } = ask(admit, mode, parts)
    test.ok(warnings.length > 20, mode)
    test.ok(warnings.join('').length <= 4096, `${mode}: 4096 characters in all`)
    test.ok(
      warnings.every((warning) => warning.length <= 256),
      `${mode}: 256 characters each`
    )
    const said = warnings.length - (mode === 'warn' ? 2 : 1)
    test.equal(warnings.at(-1), `deployment/web: ${801 - said} more in the audit annotation "findings"`)
  }
  test.strictSame(
    ask(admit, 'audit', { object: deployment({ containers: crowd }) }).warnings,
    undefined,
    'audit says nothing'
  )
  test.end()
})

void t.test('remarks do not crowd out the findings', (test) => {
  const keys = Array.from({ length: 2000 }, (_, index) => [`holdfast.dev/exempt.nobody-${index}`, 'x'] as const)
  const { warnings = [] } = ask(admit, 'enforce', { object: deployment({ annotations: Object.fromEntries(keys) }) })
  test.ok(warnings.join('').length <= 4096)
  const long = { [`holdfast.dev/exempt.${'x'.repeat(5000)}`]: 'x', [`holdfast.dev/exempt.${'y\n'.repeat(50)}`]: 'x' }
  const object = deployment({ annotations: long })
  const said = ask(admit, 'enforce', { object, oldObject: object }).warnings ?? []
  test.ok(
    said.every((warning) => warning.length <= 256 && !/\p{Cc}/u.test(warning)),
    'a long key is cut like everything else'
  )
  test.ok(
    said.some((warning) => warning.startsWith('deployment/web: [readiness-probe]')),
    'and what follows is still said'
  )
  const forbidding = admitOf({ exemptions: { allowed: false, forbidden: new Set() } })
  const annotations = { 'holdfast.dev/exempt.spread-selects-own-pods': 'x' }
  const [remark = ''] = ask(forbidding, 'warn', { object: deployment({ annotations }) }).warnings ?? []
  test.ok(remark.length <= 256, 'a remark has the length of a warning, too')
  test.end()
})

void t.test('the denial lists every reason', (test) => {
  const { status } = ask(admit, 'enforce', { object: deployment({ containers: crowd }) })
  const lines = status?.message.split('\n') ?? []
  test.equal(lines.length, 801 + 3)
  test.equal(lines[0], 'deployment/web violates 3 required policies of profile standard:')
  for (const { name } of crowd) {
    const own = lines.filter((line) => line.includes(`[name=${name}]`))
    test.equal(own.length, 2, name)
  }
  test.equal(status?.details.causes.length, 801)
  test.end()
})

void t.test('the denial of a hostile object stays below a megabyte', (test) => {
  const name = 'x'.repeat(5000)
  const containers = Array.from({ length: 3000 }, (_, index) => ({ ...web, name: `${name}${index}` }))
  const { status } = ask(admit, 'enforce', { object: deployment({ containers }) })
  const lines = status?.message.split('\n') ?? []
  test.equal(lines.length, 1000 + 4)
  test.equal(lines[1001], '1001 more findings are not listed.')
  test.equal(status?.details.causes.length, 1000)
  test.ok(JSON.stringify(status).length < 1024 * 1024, `${JSON.stringify(status).length} characters`)
  test.end()
})

void t.test('audit annotations', (test) => {
  const qualified = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
  const annotations = Object.fromEntries(
    ['readiness-probe', 'topology-spread'].map((id) => [`holdfast.dev/exempt.${id}`, '\ud800'.repeat(9000)])
  )
  for (const object of [deployment({ containers: crowd }), deployment({ containers: crowd, annotations })]) {
    for (const endpoint of endpoints) {
      const { auditAnnotations = {} } = ask(admit, endpoint, { object })
      for (const [key, text] of Object.entries(auditAnnotations)) {
        test.match(key, qualified)
        test.ok(Buffer.byteLength(text) <= 10 * 1024, `${endpoint} ${key}`)
        test.ok(Array.isArray(JSON.parse(text)), `${endpoint} ${key} is a list`)
      }
    }
  }
  const list = JSON.parse(
    ask(admit, 'warn', { object: deployment({ containers: crowd }) }).auditAnnotations?.['findings'] ?? ''
  ) as JsonMap[]
  test.strictSame(list.at(-1), { more: 801 - list.length + 1 })
  test.end()
})

function breaks(): never {
  throw new TypeError('no such label')
}

void t.test('a policy that throws is no answer at all', (test) => {
  const broken = {
    ...sampleOf('broken'),
    check: breaks,
    remedy: breaks
  }
  for (const profile of ['standard', 'critical'] as const) {
    const by = admitOf({ policies: [broken], profile })
    for (const endpoint of endpoints) {
      const call = (): unknown => by(endpoint, overTheWire(reviewOf({ object: deployment() })))
      test.throws(call, new TypeError('no such label'), endpoint)
    }
  }
  test.end()
})

function reviewText(object: JsonMap, oldObject?: JsonMap): string {
  return JSON.stringify(reviewOf({ object, ...(oldObject && { oldObject }) }))
}

/** What is wrong with how a text is taken; undefined where it is answered or refused before the API server gives up. */
function faultOf(endpoint: Endpoint, text: string): string | undefined {
  const body: unknown = JSON.parse(text)
  const began = performance.now()
  try {
    refusalOf(() => saidIn(admit(endpoint, body)))
  } catch (error) {
    return String(error)
  }
  const ms = Math.round(performance.now() - began)
  return ms < 10_000 ? undefined : `${ms} ms`
}

const deep = '['.repeat(100_000) + ']'.repeat(100_000)
const marked = (parts: Parameters<typeof deployment>[0] = {}) =>
  deployment({ ...parts, spec: { unheardOf: 'DEEP', ...parts.spec } })
const inPod = deployment({ pod: { unheardOf: 'DEEP' } })
const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 'v']))
const record = (value: string) => `[{\\"policy\\":\\"nobody\\",\\"at\\":\\"x\\",\\"value\\":${value}}]`
const applied = 'kubectl.kubernetes.io/last-applied-configuration'

const hostile: Readonly<Record<string, string>> = {
  '100 000 levels in an unknown field': reviewText(marked()).replaceAll('"DEEP"', deep),
  '100 000 levels in the template': reviewText(inPod).replaceAll('"DEEP"', deep),
  '100 000 levels in both templates': reviewText(inPod, inPod).replaceAll('"DEEP"', deep),
  '100 000 levels in a template that changes': reviewText(inPod, deployment()).replaceAll('"DEEP"', deep),
  '100 000 levels in a managed field': reviewText(deployment({ metadata: { managedFields: ['DEEP'] } })).replaceAll(
    '"DEEP"',
    deep
  ),
  '100 000 levels in place of a probe': reviewText(
    deployment({ containers: [{ ...web, readinessProbe: 'DEEP' }] })
  ).replaceAll('"DEEP"', deep),
  '100 000 levels in an annotation': reviewText(deployment({ annotations: { [injectedKey]: deep, [applied]: deep } })),
  '8 000 levels in a record': reviewText(deployment({ annotations: { [injectedKey]: 'DEEP' } })).replaceAll(
    'DEEP',
    record('['.repeat(8000) + ']'.repeat(8000))
  ),
  '10 000 labels': reviewText(
    deployment({
      metadata: { labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [web] } } }
    })
  ),
  '10 000 exemptions': reviewText(
    deployment({
      annotations: Object.fromEntries(Object.keys(labels).map((key) => [`holdfast.dev/exempt.${key}`, 'x']))
    })
  ),
  'a record of brackets': reviewText(
    deployment(),
    deployment({
      annotations: { [injectedKey]: JSON.stringify([{ policy: 'readiness-probe', at: '['.repeat(16_000), value: 1 }]) }
    })
  ),
  '5 000 containers': reviewText(
    deployment({ containers: Array.from({ length: 5000 }, (_, index) => ({ ...web, name: `c${index}` })) })
  ),
  '5 000 containers of one name': reviewText(deployment({ containers: Array.from({ length: 5000 }, () => web) })),
  '20 000 constraints': reviewText(
    deployment({ pod: { topologySpreadConstraints: Array.from({ length: 20_000 }, () => ({})) } })
  )
}

void t.test('what is deep, wide or long is answered or refused in time', (test) => {
  for (const [fact, text] of Object.entries(hostile)) {
    for (const endpoint of endpoints) {
      test.equal(faultOf(endpoint, text), undefined, `${fact}, ${endpoint}`)
    }
  }
  test.end()
})

void t.test('keys that every object has', (test) => {
  const odd = overTheWire(JSON.parse('{"__proto__":"x","constructor":"y","hasOwnProperty":"z"}')) as JsonMap
  const template = { metadata: { labels: odd }, spec: { containers: [web] } }
  const object = deployment({
    metadata: { labels: odd },
    annotations: odd,
    spec: { selector: { matchLabels: odd }, template }
  })
  const { patch = '' } = ask(admit, 'mutate', { object })
  const text = Buffer.from(patch, 'base64').toString()
  test.match(text, '"labelSelector":{"matchLabels":{"__proto__":"x","constructor":"y","hasOwnProperty":"z"}}')
  test.equal(ask(admit, 'mutate', { object, oldObject: object }).patch, undefined)
  const other = deployment({ spec: { selector: { matchLabels: odd } } })
  test.notMatch(
    Buffer.from(ask(admit, 'mutate', { object: other }).patch ?? '', 'base64').toString(),
    'labelSelector',
    'which its pods do not have'
  )
  test.equal(Object.keys(Object.prototype).length, 0)
  test.end()
})
