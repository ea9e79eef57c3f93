import t from 'tap'
import { companionName } from '../../src/companion/companion-name.ts'
import { web } from './scene.ts'

const dnsName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

void t.test('it says whose companion it is', (test) => {
  test.equal(companionName(web), 'holdfast-deployment-web')
  test.equal(companionName({ ...web, kind: 'StatefulSet', name: 'db.v2' }), 'holdfast-statefulset-db.v2')
  test.equal(companionName({ ...web, namespace: 'other' }), companionName(web), 'a namespace has names of its own')
  test.match(companionName({ ...web, group: 'argoproj.io', kind: 'Rollout' }), /^holdfast-rollout-web-[0-9a-f]{10}$/)
  test.end()
})

void t.test('no two workloads have the same', (test) => {
  const long = 'a'.repeat(250)
  const refs = [
    web,
    { ...web, kind: 'StatefulSet' },
    { ...web, group: 'example.com' },
    { ...web, group: 'example.org' },
    { ...web, name: long },
    { ...web, name: `${long}b` },
    { ...web, name: `${long}c` }
  ]
  test.equal(new Set(refs.map(companionName)).size, refs.length)
  test.end()
})

void t.test('the API server takes it', (test) => {
  for (const name of [
    'a',
    'a'.repeat(253),
    `${'a'.repeat(220)}.${'b'.repeat(32)}`,
    `${'a-'.repeat(126)}b`,
    'a.'.repeat(126) + 'b'
  ]) {
    const companion = companionName({ ...web, name })
    test.ok(companion.length <= 253, `${companion.length}`)
    test.match(companion, dnsName)
  }
  test.end()
})
