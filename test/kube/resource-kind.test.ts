import t from 'tap'
import {
  apiVersionOf,
  collectionPath,
  groupResource,
  kindText,
  parseResourceKind
} from '../../src/kube/resource-kind.ts'

void t.test('a kind as kubectl writes it in full', (test) => {
  const rollout = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', resource: 'rollouts' }
  test.strictSame(parseResourceKind('Rollout.v1alpha1.argoproj.io'), rollout)
  test.equal(apiVersionOf(rollout), 'argoproj.io/v1alpha1')
  test.match(parseResourceKind('Deployment.v1.apps'), { group: 'apps', resource: 'deployments' })
  test.match(parseResourceKind('Proxy.v1.example.com'), { resource: 'proxies' })
  test.match(parseResourceKind('Redis.v1.example.com'), { resource: 'redises' })
  test.end()
})

const refused = [
  '',
  'Deployment',
  'Deployment.apps',
  'Deployment.v1',
  'Deployment.v1.',
  'deployment.v1.apps',
  'Deployment.V1.apps',
  'Deployment.v1.Apps',
  'Deployment.v1.apps/scale',
  'Deployment.v1.apps?x',
  'Deployment.v1.-apps',
  'Deployment.v1..apps',
  'Deployment.v1.apps\n',
  '__proto__.v1.apps',
  `D.v1.${'a.'.repeat(200)}a`
]

for (const text of refused) {
  void t.test(`${JSON.stringify(text.slice(0, 40))} is none`, (test) => {
    test.equal(parseResourceKind(text), undefined)
    test.end()
  })
}

void t.test('how a kind is written', (test) => {
  const deployment = { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }
  const node = { group: '', version: 'v1', kind: 'Node', resource: 'nodes' }
  test.equal(kindText(deployment), 'Deployment.v1.apps')
  test.strictSame(parseResourceKind(kindText(deployment)), deployment)
  test.strictSame([deployment, node].map(apiVersionOf), ['apps/v1', 'v1'])
  test.strictSame([deployment, node].map(groupResource), ['apps/deployments', 'nodes'])
  test.strictSame([deployment, node].map(collectionPath), ['/apis/apps/v1/deployments', '/api/v1/nodes'])
  test.end()
})
