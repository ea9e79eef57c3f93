import t from 'tap'
import { type CompanionRules, companionWish } from '../../src/engine/companion-wish.ts'

const web = { group: 'apps', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }
const none: CompanionRules = {
  enabled: true,
  kinds: new Set(['apps/Deployment']),
  excludedNamespaces: new Set(['platform']),
  isExempt: () => false
}
const inject = { 'holdfast.dev/inject': 'enabled' }

void t.test('without a default mode a namespace without one asks for nothing', (test) => {
  test.equal(companionWish(web, inject, none), 'not asked')
  test.equal(companionWish(web, { ...inject, 'holdfast.dev/mode': 'enforced' }, none), 'not asked')
  test.equal(companionWish(web, { ...inject, 'holdfast.dev/mode': 'enforce' }, none), 'keep')
  test.end()
})

void t.test('a default mode counts where the label names none', (test) => {
  const warn = { ...none, defaultMode: 'warn' } as const
  test.equal(companionWish(web, inject, warn), 'keep')
  test.equal(companionWish(web, { ...inject, 'holdfast.dev/mode': 'enforced' }, warn), 'keep', 'as a selector takes it')
  test.equal(companionWish(web, {}, warn), 'not asked', 'injection is asked for by a label of its own')
  test.equal(companionWish(web, inject, { ...none, defaultMode: 'audit' }), 'record')
  test.end()
})

void t.test('a label overrules the default mode, and `off` is no mode', (test) => {
  const enforce = { ...none, defaultMode: 'enforce' } as const
  test.equal(companionWish(web, { ...inject, 'holdfast.dev/mode': 'audit' }, enforce), 'record')
  test.equal(companionWish(web, { ...inject, 'holdfast.dev/mode': 'off' }, enforce), 'not asked')
  test.end()
})

void t.test('excluded namespaces ask for nothing, whatever their labels', (test) => {
  const labels = { ...inject, 'holdfast.dev/mode': 'enforce' }
  for (const namespace of ['kube-system', 'kube-node-lease', 'kube-public', 'platform'])
    test.equal(companionWish({ ...web, metadata: { name: 'web', namespace } }, labels, none), 'not asked', namespace)
  test.equal(companionWish(web, labels, none), 'keep')
  test.end()
})
