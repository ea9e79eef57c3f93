import t from 'tap'
import type { LabelSelector, Labels } from '../../src/kube/label-selector.ts'
import type { AffinityTerm, PodSpec, SpreadConstraint } from '../../src/kube/pod.ts'
import { antiAffinityTerms, hostnameKey, isMeantForOthers, spreadings, zoneKey } from '../../src/kube/spread.ts'
import { parseWorkload } from '../../src/kube/workload.ts'

const labels: Labels = { app: 'foo' }
const own: LabelSelector = { matchLabels: { app: 'foo' } }
const other: LabelSelector = { matchLabels: { app: 'not-foo' } }
const region = 'topology.kubernetes.io/region'

const required = (...terms: AffinityTerm[]): PodSpec => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } }
})
const preferred = (...terms: AffinityTerm[]): PodSpec => ({
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: terms.map((podAffinityTerm) => ({ podAffinityTerm }))
    }
  }
})
const constrained = (...topologySpreadConstraints: SpreadConstraint[]): PodSpec => ({ topologySpreadConstraints })

void t.test('antiAffinityTerms', (test) => {
  const hard: AffinityTerm = { topologyKey: hostnameKey, labelSelector: own }
  const soft: AffinityTerm = { topologyKey: zoneKey, labelSelector: own }
  const spec: PodSpec = {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: soft }, {}],
        requiredDuringSchedulingIgnoredDuringExecution: [hard]
      }
    }
  }
  const terms = antiAffinityTerms(spec)
  test.strictSame(
    terms.map(({ at }) => at),
    [
      'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]',
      'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm',
      'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[1].podAffinityTerm'
    ],
    'the required ones come first, each with its place'
  )
  test.equal(terms[0]?.term, hard, 'they point into the spec')
  test.equal(terms[1]?.term, soft, 'they point into the spec')
  test.same(terms[2]?.term, {}, 'a preference without term has an empty one')
  const none: Record<string, PodSpec> = {
    'no affinity': {},
    'an empty affinity': { affinity: {} },
    'an empty podAntiAffinity': { affinity: { podAntiAffinity: {} } },
    'empty lists': required()
  }
  for (const [fact, empty] of Object.entries(none)) test.same(antiAffinityTerms(empty), [], `${fact} has no terms`)
  test.end()
})

const byName = (name: string): AffinityTerm => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } }
})

void t.test('isMeantForOthers', (test) => {
  const cases: readonly (readonly [fact: string, term: AffinityTerm, elsewhere: boolean])[] = [
    ['without namespaces a term is about its own', {}, false],
    ['an empty list means the own namespace', { namespaces: [] }, false],
    ['a named namespace is looked into', { namespaces: ['databases'] }, true],
    ['a list with the own namespace is about it too', { namespaces: ['databases', 'shop'] }, false],
    ['an empty selector of namespaces selects every one', { namespaceSelector: {} }, false],
    ['the own namespace, by the label that each has', byName('shop'), false],
    ['another namespace, by the label that each has', byName('databases'), true],
    ['the own namespace among others', { namespaces: ['databases'], ...byName('shop') }, false],
    [
      'the own namespace, by an expression',
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['databases', 'shop'] }]
        }
      },
      false
    ],
    ['mismatchLabelKeys leave the own pods out', { mismatchLabelKeys: ['app'] }, true],
    ['a selector of namespaces is followed', { namespaceSelector: { matchLabels: { team: 'a' } } }, true]
  ]
  for (const [fact, term, elsewhere] of cases) test.equal(isMeantForOthers(term, 'shop'), elsewhere, fact)
  const bare: readonly (readonly [term: AffinityTerm, elsewhere: boolean])[] = [
    [{}, false],
    [{ namespaceSelector: {} }, false],
    [{ namespaces: ['shop'] }, true],
    [byName('shop'), true]
  ]
  for (const [term, elsewhere] of bare) {
    test.equal(isMeantForOthers(term, undefined), elsewhere, `${JSON.stringify(term)} of no namespace that is known`)
  }
  test.end()
})

const podAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: hostnameKey, labelSelector: own }]
}
const gathered = { affinity: { podAntiAffinity: {}, podAffinity } }

type Case = readonly [fact: string, spec: PodSpec, keys: readonly string[]]

// The anti-affinity rows are those of kube-score score/apps/apps_test.go; which keys are good ones is not judged here.
const cases: readonly Case[] = [
  ['a pod without anything is not spread', {}, []],
  ['required anti-affinity by host spreads', required({ topologyKey: hostnameKey, labelSelector: own }), [hostnameKey]],
  ['required anti-affinity by zone spreads', required({ topologyKey: zoneKey, labelSelector: own }), [zoneKey]],
  ['required anti-affinity by region spreads', required({ topologyKey: region, labelSelector: own }), [region]],
  ['an unknown key is a key', required({ topologyKey: 'what-is-this-key', labelSelector: own }), ['what-is-this-key']],
  [
    'preferred anti-affinity by host spreads',
    preferred({ topologyKey: hostnameKey, labelSelector: own }),
    [hostnameKey]
  ],
  ['anti-affinity to other pods does not', required({ topologyKey: hostnameKey, labelSelector: other }), []],
  ['anti-affinity to no pods does not', required({ topologyKey: hostnameKey }), []],
  [
    'anti-affinity to all pods of the namespace does',
    required({ topologyKey: hostnameKey, labelSelector: {} }),
    [hostnameKey]
  ],
  [
    'anti-affinity to the same labels in a namespace that others own does not',
    required({ topologyKey: hostnameKey, labelSelector: own, namespaces: ['elsewhere'] }),
    []
  ],
  [
    'anti-affinity in the own namespace, by the label that each has, does',
    required({ topologyKey: hostnameKey, labelSelector: own, ...byName('shop') }),
    [hostnameKey]
  ],
  ['a constraint by zone spreads', constrained({ topologyKey: zoneKey, labelSelector: own }), [zoneKey]],
  ['a constraint on other pods does not', constrained({ topologyKey: zoneKey, labelSelector: other }), []],
  ['a constraint with an empty selector does not', constrained({ topologyKey: zoneKey, labelSelector: {} }), []],
  [
    'an empty selector with matchLabelKeys that the pods have does',
    constrained({ topologyKey: zoneKey, labelSelector: {}, matchLabelKeys: ['pod-template-hash'] }),
    [zoneKey]
  ],
  [
    'an empty selector with matchLabelKeys that their template has does',
    constrained({ topologyKey: zoneKey, labelSelector: {}, matchLabelKeys: ['app'] }),
    [zoneKey]
  ],
  [
    'an empty selector with matchLabelKeys that they lack does not',
    constrained({ topologyKey: zoneKey, labelSelector: {}, matchLabelKeys: ['tier'] }),
    []
  ],
  ['a constraint without selector does not', constrained({ topologyKey: zoneKey }), []],
  [
    'a soft constraint counts like a hard one',
    constrained(
      { topologyKey: zoneKey, labelSelector: own, whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: hostnameKey, labelSelector: own, whenUnsatisfiable: 'DoNotSchedule' }
    ),
    [zoneKey, hostnameKey]
  ],
  [
    'constraints and anti-affinity add up, each key once',
    {
      ...constrained({ topologyKey: zoneKey, labelSelector: own }, { topologyKey: hostnameKey, labelSelector: own }),
      ...required({ topologyKey: hostnameKey, labelSelector: own }, { topologyKey: region, labelSelector: own })
    },
    [zoneKey, hostnameKey, region]
  ],
  ['affinity to the own pods gathers them', gathered, []]
]

void t.test('spreadings', (test) => {
  for (const [fact, spec, keys] of cases) {
    const workload = parseWorkload('Deployment', {
      metadata: { namespace: 'shop' },
      spec: { template: { metadata: { labels }, spec } }
    })
    test.strictSame([...new Set(spreadings(workload).map(({ key }) => key))], keys, fact)
  }
  test.equal(hostnameKey, 'kubernetes.io/hostname')
  test.equal(zoneKey, 'topology.kubernetes.io/zone')
  test.end()
})
