import t from 'tap'
import { parseService, type Service } from '../../src/kube/service.ts'
import { messageOf } from './message-of.ts'

const portsOf = (...ports: unknown[]): Service['ports'] => parseService({ spec: { ports } }).ports

void t.test('a Service as it arrives', (test) => {
  const raw = {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      type: 'ClusterIP',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]
    }
  }
  test.strictSame(parseService(raw), {
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    selector: { app: 'web' },
    headless: false,
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    staysOnNode: false,
    includesUnready: false,
    balanced: undefined,
    balancerClass: ''
  })
  test.end()
})

void t.test('where a port leads', (test) => {
  const leadsTo = (port: unknown) => portsOf(port)[0]?.targetPort
  test.equal(leadsTo({ port: 80 }), 80, 'left out, it is the port itself')
  test.equal(leadsTo({ port: 80, targetPort: null }), 80)
  test.equal(leadsTo({ port: 80, targetPort: 0 }), 80)
  test.equal(leadsTo({ port: 80, targetPort: '' }), 80)
  test.equal(leadsTo({ port: 80, targetPort: 'http' }), 'http')
  test.equal(portsOf({ port: 53, protocol: 'UDP' })[0]?.protocol, 'UDP')
  test.equal(portsOf({ port: 53 })[0]?.protocol, 'TCP')
  test.equal(portsOf({ port: 53 })[0]?.name, undefined)
  test.strictSame(portsOf(), [])
  test.end()
})

const balanced = (spec: unknown, annotations = {}) => parseService({ metadata: { annotations }, spec }).balanced

void t.test('what a load balancer outside the cluster sends traffic to', (test) => {
  test.equal(balanced({}), undefined, 'no load balancer, as far as the Service says')
  test.equal(balanced({ type: 'ClusterIP' }), undefined)
  test.equal(balanced({ type: 'LoadBalancer' }), 'any-node')
  test.equal(balanced({ type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' }), 'any-node')
  test.equal(balanced({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), 'nodes')
  test.equal(balanced({ type: 'NodePort', externalTrafficPolicy: 'Local' }), 'nodes')
  test.equal(balanced({ type: 'ClusterIP', externalTrafficPolicy: 'Local' }), undefined)
  const cloud = {
    'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
    'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb-ip',
    'cloud.google.com/neg': '{"exposed_ports":{"80":{}}}',
    'service.cloud.tencent.com/direct-access': 'true',
    'service.beta.kubernetes.io/backend-type': 'eni'
  }
  for (const [key, value] of Object.entries(cloud)) {
    test.equal(balanced({ type: 'LoadBalancer' }, { [key]: value }), 'pods', key)
    test.equal(balanced({ type: 'LoadBalancer' }, { [key]: 'other' }), 'any-node', `${key}, with another value`)
    test.equal(balanced({ type: 'ExternalName' }, { [key]: value }), undefined)
  }
  test.equal(balanced({}, { 'cloud.google.com/neg': '{"ingress":true}' }), undefined, 'GKE writes it everywhere')
  test.end()
})

const headless = (clusterIP: unknown) => parseService({ spec: { clusterIP } }).headless

void t.test('a Service without an address', (test) => {
  test.equal(headless('None'), true)
  test.equal(headless('10.0.0.7'), false)
  test.equal(headless(''), false)
  test.equal(headless(undefined), false)
  test.end()
})

void t.test('a Service that selects nothing', (test) => {
  test.equal(parseService({}).selector, undefined)
  test.equal(parseService({ spec: { selector: null } }).selector, undefined)
  test.strictSame(parseService({ spec: { selector: {} } }).selector, {})
  const external = { spec: { type: 'ExternalName', externalName: 'example.org', selector: { app: 'web' } } }
  test.equal(parseService(external).selector, undefined, 'an ExternalName leads out of the cluster')
  test.end()
})

const said = (raw: unknown) => messageOf(() => parseService(raw))

void t.test('what is no Service is refused, by the field', (test) => {
  test.equal(said('web'), 'the object: expected an object')
  test.equal(said({ spec: { selector: ['app'] } }), 'spec.selector: expected an object')
  test.equal(said({ spec: { selector: { app: 1 } } }), 'spec.selector["app"]: expected a string')
  test.equal(said({ spec: { ports: {} } }), 'spec.ports: expected a list')
  test.equal(said({ spec: { ports: [null] } }), 'spec.ports[0]: expected an object')
  test.equal(said({ spec: { ports: [{ port: '80' }] } }), 'spec.ports[0].port: expected an integer')
  test.equal(
    said({ spec: { ports: [{ port: 80, targetPort: 8080.5 }] } }),
    'spec.ports[0].targetPort: expected an integer or a string'
  )
  test.equal(said({ spec: { type: 1 } }), 'spec.type: expected a string')
  test.equal(said({ spec: { clusterIP: [] } }), 'spec.clusterIP: expected a string')
  test.end()
})

void t.test('a selector may have any key', (test) => {
  const raw: unknown = JSON.parse('{"spec": {"selector": {"__proto__": "x", "constructor": "y"}}}')
  const { selector = {} } = parseService(raw)
  test.strictSame(Object.entries(selector), [
    ['__proto__', 'x'],
    ['constructor', 'y']
  ])
  test.end()
})
