import t from 'tap'
import type { Token } from '../../src/kube/json.ts'
import { fileProvenance, liveProvenance, type Origin, type Statement } from '../../src/kube/provenance.ts'
import { parseWorkload } from '../../src/kube/workload.ts'

const grace = ['spec', 'template', 'spec', 'terminationGracePeriodSeconds']
const replicas = ['spec', 'replicas']
const defaulted = { replicas: 1, template: { spec: { terminationGracePeriodSeconds: 30 } } }

const listing = {
  replicas: { 'f:spec': { 'f:replicas': {} } },
  grace: { 'f:spec': { 'f:template': { 'f:spec': { 'f:terminationGracePeriodSeconds': {} } } } },
  all: {
    'f:spec': {
      '.': {},
      'f:replicas': {},
      'f:template': { 'f:spec': { '.': {}, 'f:terminationGracePeriodSeconds': {} } }
    }
  }
}

const apply = (fieldsV1: unknown): unknown => ({
  manager: 'argocd',
  operation: 'Apply',
  fieldsType: 'FieldsV1',
  fieldsV1
})
const update = (fieldsV1: unknown): unknown => ({
  manager: 'helm',
  operation: 'Update',
  fieldsType: 'FieldsV1',
  fieldsV1
})
const clientSide = (fieldsV1: unknown): unknown => ({
  manager: 'kubectl-client-side-apply',
  operation: 'Update',
  fieldsType: 'FieldsV1',
  fieldsV1
})
const managed = (...managedFields: unknown[]): unknown => ({ metadata: { managedFields }, spec: defaulted })
const annotated = (text: unknown, ...managedFields: unknown[]): unknown => ({
  metadata: { managedFields, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
  spec: defaulted
})
const applied = (spec: unknown, ...managedFields: unknown[]): unknown =>
  annotated(JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', spec }), ...managedFields)

type Case = readonly [fact: string, object: unknown, tokens: readonly Token[], origin: Origin]

const cases: readonly Case[] = [
  ['a field that is not there was not written', { spec: {} }, replicas, 'defaulted'],
  ['a field below one that is not there was not written', {}, grace, 'defaulted'],
  ['an inherited field is not there', { spec: {} }, ['spec', 'toString'], 'defaulted'],
  ['nothing shows who wrote it', { spec: defaulted }, replicas, 'unknown'],
  ['no managers show nothing', managed(), replicas, 'unknown'],

  ['an Apply manager lists it', managed(apply(listing.replicas)), replicas, 'written'],
  ['an Apply manager lists it deep', managed(apply(listing.grace)), grace, 'written'],
  ['an Apply manager lists something else', managed(apply(listing.replicas)), grace, 'defaulted'],
  ['an Apply manager lists nothing', managed(apply({})), grace, 'defaulted'],
  ['an Apply manager lists all below it', managed(apply(listing.all)), ['spec', 'template'], 'written'],
  ['one of two Apply managers lists it', managed(apply(listing.replicas), apply(listing.grace)), grace, 'written'],
  ['an Apply manager with unreadable fields owns nothing', managed(apply('f:spec')), replicas, 'defaulted'],

  ['an Update manager lists defaults too', managed(update(listing.all)), replicas, 'unknown'],
  ['an Update manager that lists less shows nothing', managed(update(listing.replicas)), grace, 'unknown'],
  [
    'an Update after an Apply may have written it',
    managed(apply(listing.replicas), update(listing.grace)),
    grace,
    'unknown'
  ],
  ['an Update beside an Apply of it', managed(update(listing.all), apply(listing.grace)), grace, 'written'],
  ['an Update of something else, and no Apply of it', managed(apply({}), update(listing.replicas)), grace, 'defaulted'],

  ['a client-side apply states it', applied({ replicas: 1 }), replicas, 'written'],
  ['a client-side apply states it deep', applied(defaulted), grace, 'written'],
  ['a client-side apply states 0', applied({ replicas: 0 }), replicas, 'written'],
  ['a client-side apply does not state it', applied({ replicas: 3 }, clientSide({})), grace, 'defaulted'],
  ['an annotation without managers, as an export carries it', applied({ replicas: 3 }), grace, 'unknown'],
  [
    'a client-side apply states only what is above',
    applied({ template: { spec: {} } }, clientSide({})),
    grace,
    'defaulted'
  ],
  ['a client-side apply, though its Update lists all', applied({}, clientSide(listing.all)), grace, 'defaulted'],
  [
    'a client-side apply, and a later patch of the field',
    applied({}, clientSide({}), update(listing.grace)),
    grace,
    'unknown'
  ],
  ['an Apply lists what the annotation lacks', applied({}, apply(listing.grace)), grace, 'written'],
  ['the annotation states what an Apply lacks', applied(defaulted, apply({})), grace, 'written'],

  ['an annotation that is not JSON shows nothing', annotated('{"spec":'), replicas, 'unknown'],
  ['an empty annotation shows nothing', annotated(''), replicas, 'unknown'],
  ['an annotation of null shows nothing', annotated('null'), replicas, 'unknown'],
  ['an annotation of a list shows nothing', annotated('[{"spec":{"replicas":1}}]'), replicas, 'unknown'],
  ['an annotation of a number shows nothing', annotated('1'), replicas, 'unknown'],
  ['an annotation that is not a string shows nothing', annotated({ spec: defaulted }), replicas, 'unknown'],
  ['an annotation of nulls shows nothing', annotated(null), replicas, 'unknown'],
  ['an annotation that is not JSON leaves the managers', annotated('{', apply(listing.replicas)), replicas, 'written'],
  ['an annotation that is not JSON leaves the managers their no', annotated('{', apply({})), replicas, 'defaulted'],
  ['an annotation whose spec is a list does not state it', applied([defaulted], clientSide({})), grace, 'defaulted'],
  ['an annotation nested too deep shows nothing', annotated('['.repeat(100_000)), replicas, 'unknown'],
  [
    '__proto__ in an annotation states nothing',
    annotated('{"__proto__":{"spec":{"replicas":1}}}', clientSide({})),
    replicas,
    'defaulted'
  ],

  [
    'managedFields that are no list show nothing',
    { metadata: { managedFields: {} }, spec: defaulted },
    replicas,
    'unknown'
  ],
  ['managers that are no objects are passed over', managed(null, 'helm', [apply({})], 3), replicas, 'unknown'],
  ['a manager without operation shows nothing', managed({ fieldsV1: listing.all }), replicas, 'unknown'],
  ['a manager without fields owns nothing', managed({ operation: 'Apply' }), replicas, 'defaulted'],
  ['metadata that is no object shows nothing', { metadata: 'web', spec: defaulted }, replicas, 'unknown'],
  ['an object that is null has no fields', null, replicas, 'defaulted']
]

void t.test('who wrote a value of a live object', (test) => {
  for (const [fact, object, place, origin] of cases) test.equal(liveProvenance(object).of(place), origin, fact)
  test.end()
})

const byScale = { ...Object(update(listing.replicas)), subresource: 'scale' } as unknown
const statements: readonly (readonly [fact: string, object: unknown, statement: Statement | undefined])[] = [
  ['no manager', managed(), undefined],
  ['an Apply manager', managed(apply(listing.replicas)), 'server-side apply'],
  ['an Apply manager of something else', managed(apply(listing.grace)), undefined],
  ['an applied manifest', applied({ replicas: 3 }, clientSide(listing.all)), 'client-side apply'],
  ['an applied manifest that leaves it out', applied({}, clientSide(listing.all)), undefined],
  [
    'both, of which the managers are what is now',
    applied({ replicas: 3 }, apply(listing.replicas)),
    'server-side apply'
  ],
  ['somebody who wrote the object', managed(update(listing.all)), 'update'],
  ['somebody who wrote it beside a manifest that leaves it out', applied({}, update(listing.replicas)), 'update'],
  ['an autoscaler, by the scale subresource', managed(byScale), undefined],
  ['an autoscaler beside an applied manifest', applied({ replicas: 3 }, byScale), 'client-side apply'],
  ['an annotation that is no JSON', annotated('{', byScale), undefined],
  ['an annotation that is no text', annotated({ spec: { replicas: 3 } }), undefined],
  ['managers that are none', { metadata: { managedFields: 'all' }, spec: defaulted }, undefined]
]

void t.test('how a value of a live object was stated', (test) => {
  for (const [fact, object, statement] of statements) {
    test.equal(liveProvenance(object).statement(replicas), statement, fact)
  }
  test.end()
})

function inFile(spec: unknown) {
  return parseWorkload('Deployment', { spec }, fileProvenance).provenance
}

void t.test('what a file holds is written', (test) => {
  test.equal(inFile({ replicas: 1 }).of(replicas), 'written')
  test.equal(inFile({ replicas: 1 }).statement(replicas), 'file')
  test.equal(inFile({}).of(replicas), 'defaulted')
  test.equal(inFile({}).statement(replicas), undefined)
  test.equal(inFile(null).of(replicas), 'defaulted')
  test.equal(inFile({ replicas: null }).of(replicas), 'defaulted', 'null is absent')
  const exported = applied({}, clientSide(listing.all))
  test.equal(fileProvenance(exported).of(replicas), 'written', 'whatever the managers and annotations of an export say')
  test.end()
})

void t.test('the last applied manifest is parsed once, and not before anybody asks', (test) => {
  const object = { metadata: { annotations: {}, managedFields: [clientSide(listing.all)] }, spec: defaulted }
  let reads = 0
  Object.defineProperty(object.metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration', {
    get: () => {
      reads++
      return '{"spec":{"replicas":1}}'
    }
  })
  const provenance = liveProvenance(object)
  test.equal(reads, 0)
  test.equal(provenance.of(replicas), 'written')
  test.equal(provenance.of(grace), 'defaulted')
  test.equal(provenance.statement(replicas), 'client-side apply')
  test.equal(reads, 1)
  test.end()
})
