import t from 'tap'
import { remarksOnKeys, remarksOnNamespace } from '../../src/engine/own-keys.ts'
import { optsOut } from '../../src/engine/opt-out.ts'
import { subjectFrom } from '../support/policy-cases.ts'

const policyIds = new Set(['readiness-probe', 'min-replicas', 'topology-spread'])

function remarksOn(metadata: object, pod: object = {}): readonly string[] {
  const template = { metadata: { labels: { app: 'web' }, ...pod }, spec: { containers: [{ name: 'web', image: 'a' }] } }
  const spec = { selector: { matchLabels: { app: 'web' } }, template }
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...metadata }, spec }
  return remarksOnKeys(subjectFrom(object), policyIds)
}

const annotated: readonly (readonly [key: string, value: string, remark: string | undefined])[] = [
  ['holdfast.dev/inject', 'disabled', undefined],
  ['holdfast.dev/inject', 'false', 'annotation holdfast.dev/inject counts as disabled; write disabled instead'],
  ['holdfast.dev/inject', 'Disabled', 'annotation holdfast.dev/inject counts as disabled; write disabled instead'],
  ['holdfast.dev/inject', 'disbaled', 'annotation holdfast.dev/inject counts as disabled; write disabled instead'],
  [
    'holdfast.dev/inject',
    'true',
    'annotation holdfast.dev/inject accepts only disabled, so it has no effect: its namespace allows repairs, by a label'
  ],
  ['holdfast.dev/inject', 'probes', 'annotation holdfast.dev/inject accepts only disabled, so it has no effect'],
  [
    'holdfast.dev/exempt-untill',
    '2027-01-31',
    'annotation holdfast.dev/exempt-untill means nothing, so it has no effect; did you mean holdfast.dev/exempt-until?'
  ],
  [
    'holdfast.dev/exempt-readiness-probe',
    'a reason',
    'annotation holdfast.dev/exempt-readiness-probe means nothing, so it has no effect; did you mean holdfast.dev/exempt.readiness-probe?'
  ],
  [
    'holdfast.dev/min-replicas',
    'a reason',
    'annotation holdfast.dev/min-replicas means nothing, so it has no effect; did you mean holdfast.dev/exempt.min-replicas?'
  ],
  ['holdfast.dev/colour', 'blue', 'annotation holdfast.dev/colour means nothing, so it has no effect'],
  ['holdfast.dev/mode', 'warn', 'annotation holdfast.dev/mode has no effect here: it is a label of namespaces'],
  // What exemptions are worth is said where they are read.
  ['holdfast.dev/exempt.min-replica', 'a reason', undefined],
  ['holdfast.dev/injected', '[]', undefined],
  ['holdfast.dev/max-unavailable', '25%', undefined],
  ['holdfast.dev/quorum', 'true', undefined],
  ['holdfast.dev/quorum', 'false', undefined],
  ['holdfast.dev/quorum', '3', undefined],
  [
    'holdfast.dev/quorum',
    'yes',
    'annotation holdfast.dev/quorum accepts only true, false and a number of voters, so it has no effect'
  ],
  [
    'holdfast.dev/qourum',
    'true',
    'annotation holdfast.dev/qourum means nothing, so it has no effect; did you mean holdfast.dev/quorum?'
  ],
  ['example.test/inject', 'false', undefined]
]

for (const [key, value, remark] of annotated) {
  void t.test(`an annotation ${key}: ${value}`, (test) => {
    test.strictSame(remarksOn({ annotations: { [key]: value } }), remark === undefined ? [] : [remark])
    test.end()
  })
}

void t.test('keys in the wrong place', (test) => {
  test.strictSame(remarksOn({ labels: { 'holdfast.dev/inject': 'disabled', app: 'web' } }), [
    'label holdfast.dev/inject has no effect here: write it as an annotation'
  ])
  test.strictSame(remarksOn({ labels: { 'holdfast.dev/mode': 'warn' } }), [
    'label holdfast.dev/mode has no effect here: it is a label of namespaces'
  ])
  test.strictSame(remarksOn({}, { annotations: { 'holdfast.dev/inject': 'disabled' } }), [
    'annotation holdfast.dev/inject has no effect on a pod template: write it on the object itself'
  ])
  test.end()
})

void t.test('of a pod only its own annotations are looked at', (test) => {
  const metadata = { name: 'web', annotations: { 'holdfast.dev/inject': 'disabled' } }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'web', image: 'a' }] } }
  test.strictSame(remarksOnKeys(subjectFrom(pod), policyIds), [])
  test.end()
})

function isOptOut(value: string): boolean {
  return optsOut({ annotations: { 'holdfast.dev/inject': value } })
}

void t.test('an evident opt-out is one', (test) => {
  for (const value of ['disabled', 'false', 'no', 'off', 'None', ' disable ', 'disabeld', '0'])
    test.ok(isOptOut(value), value)
  for (const value of ['enabled', 'true', 'enable', 'yes', 'probes', 'all']) test.notOk(isOptOut(value), value)
  test.notOk(optsOut({}))
  test.end()
})

const inAudit = { 'holdfast.dev/mode': 'audit' }
const labelled: readonly (readonly [labels: Record<string, string>, remarks: readonly string[]])[] = [
  [{ ...inAudit, 'holdfast.dev/inject': 'enabled', 'holdfast.dev/profile': 'critical' }, []],
  [{ 'holdfast.dev/mode': 'off', 'holdfast.dev/inject': 'disabled', 'holdfast.dev/profile-version': 'v1' }, []],
  [
    { 'holdfast.dev/mode': 'enforced' },
    ['label holdfast.dev/mode names no mode, so Holdfast does nothing here; did you mean enforce?']
  ],
  [
    { 'holdfast.dev/mode': 'Enforce' },
    ['label holdfast.dev/mode names no mode, so Holdfast does nothing here; did you mean enforce?']
  ],
  [
    { 'holdfast.dev/mode': 'deny' },
    ['label holdfast.dev/mode names no mode, so Holdfast does nothing here; it is one of audit, warn, enforce, off']
  ],
  [
    { 'holdfast.dev/enforce': 'true' },
    ['label holdfast.dev/enforce means nothing, so it has no effect; did you mean holdfast.dev/mode=enforce?']
  ],
  [
    { 'holdfast.dev/critical': '' },
    ['label holdfast.dev/critical means nothing, so it has no effect; did you mean holdfast.dev/profile=critical?']
  ],
  [
    { ...inAudit, 'holdfast.dev/injct': 'enabled' },
    ['label holdfast.dev/injct means nothing, so it has no effect; did you mean holdfast.dev/inject?']
  ],
  [
    { ...inAudit, 'holdfast.dev/inject': 'true' },
    ['label holdfast.dev/inject accepts only enabled, so nothing is repaired here']
  ],
  [{ 'holdfast.dev/inject': 'enabled' }, ['label holdfast.dev/inject has no effect without holdfast.dev/mode']],
  [
    { ...inAudit, 'holdfast.dev/profile': 'strict' },
    ['label holdfast.dev/profile has a value that does not exist; it is one of baseline, standard, critical']
  ],
  [
    { ...inAudit, 'holdfast.dev/profile-version': 'v9' },
    ['label holdfast.dev/profile-version has a value that does not exist; did you mean v1?']
  ]
]

for (const [labels, remarks] of labelled) {
  void t.test(`a namespace with ${JSON.stringify(labels)}`, (test) => {
    test.strictSame(remarksOnNamespace({ labels }, {}), remarks)
    test.end()
  })
}

void t.test('with a default mode a mistyped one has another effect', (test) => {
  const remarks = remarksOnNamespace({ labels: { 'holdfast.dev/mode': 'aduit' } }, { defaultMode: 'warn' })
  test.strictSame(remarks, [
    'label holdfast.dev/mode names no mode, so the default, warn, applies; did you mean audit?'
  ])
  test.strictSame(remarksOnNamespace({ labels: { 'holdfast.dev/inject': 'enabled' } }, { defaultMode: 'warn' }), [])
  test.end()
})

void t.test('what is written as an annotation of a namespace', (test) => {
  const annotations = { 'holdfast.dev/mode': 'warn', 'holdfast.dev/exempt.min-replicas': 'a reason', other: 'a' }
  test.strictSame(remarksOnNamespace({ annotations }, {}), [
    'annotation holdfast.dev/mode has no effect on a namespace: write it as a label',
    'annotation holdfast.dev/exempt.min-replicas has no effect on a namespace'
  ])
  test.end()
})

void t.test('thousands of keys are bounded', (test) => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`holdfast.dev/exempt-until${index}`, '']))
  test.equal(remarksOnNamespace({ labels: many, annotations: many }, {}).length, 20)
  const remarks = remarksOn({ annotations: many })
  test.equal(remarks.length, 5000)
  test.equal(remarks.filter((remark) => remark.includes('did you mean')).length, 5)
  test.end()
})
