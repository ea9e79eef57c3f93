import t from 'tap'
import type { PodSpec } from '../../src/kube/pod.ts'
import { parseService, type Service } from '../../src/kube/service.ts'
import { trafficContainers } from '../../src/kube/traffic-containers.ts'

const http = { containerPort: 8080, name: 'http' }
const metrics = { containerPort: 9090, name: 'metrics' }
const dns = { containerPort: 53, name: 'dns', protocol: 'UDP' }
const web: PodSpec = { containers: [{ name: 'web', ports: [http, metrics] }] }
const bare: PodSpec = { containers: [{ name: 'web' }] }
const two: PodSpec = { containers: [{ name: 'web', ports: [http] }, { name: 'log' }] }
const mesh = { name: 'mesh', restartPolicy: 'Always', ports: [{ containerPort: 15001, name: 'proxy' }] }

function to(targetPort: number | string, protocol = 'TCP', clusterIP = '10.0.0.1'): Service {
  return parseService({ spec: { clusterIP, selector: { app: 'web' }, ports: [{ port: 80, targetPort, protocol }] } })
}

/** `web 8080` for a container and the ports that are led to; `web ?` where the Services are unknown; `web services` where it is in doubt. */
function serving(spec: PodSpec, ...services: readonly (Service | 'unknown')[]): string[] {
  const known = services.filter((service) => service !== 'unknown')
  const served = trafficContainers(spec, known.length < services.length ? undefined : known)
  return served.map(({ container, targetPorts = [], doubt }) => {
    const isUnknown = known.length < services.length && doubt === undefined
    return [container.name, ...targetPorts, ...(doubt === undefined ? [] : [doubt]), ...(isUnknown ? ['?'] : [])].join(
      ' '
    )
  })
}

void t.test('without Services', (test) => {
  test.strictSame(serving(web), ['web'])
  test.strictSame(serving({ containers: [{ name: 'dns', ports: [dns] }] }), ['dns'], 'of whatever protocol')
  test.strictSame(serving(bare), [], 'it declares no port')
  test.strictSame(serving({ containers: [{ name: 'web', ports: [] }] }), [])
  test.strictSame(serving({ initContainers: [{ name: 'migrate', ports: [http] }, mesh] }), [], 'only the main ones')
  test.strictSame(serving({}), [])
  test.end()
})

void t.test('where Services lead', (test) => {
  test.strictSame(serving(web, to(8080)), ['web 8080'])
  test.strictSame(serving(web, to('metrics')), ['web 9090'], 'by name')
  test.strictSame(serving(web, to('http'), to(8080)), ['web 8080'], 'each port once')
  test.strictSame(serving(web, to(8080), to(9090)), ['web 8080 9090'])
  test.strictSame(serving(web, to('nowhere')), ['web'], 'a name that nobody declares leads nowhere')
  test.strictSame(serving(two, to('http')), ['web 8080'])
  const later = {
    containers: [
      { name: 'a', ports: [metrics] },
      { name: 'b', ports: [http] }
    ]
  }
  test.strictSame(serving(later, to(8080)), ['a intent', 'b 8080'], 'to the one that declares it')
  const twice = {
    containers: [
      { name: 'a', ports: [http] },
      { name: 'b', ports: [{ ...http, containerPort: 1 }] }
    ]
  }
  test.strictSame(serving(twice, to('http')), ['a 8080', 'b'], 'to the first that declares it')
  test.strictSame(serving(web, to(8080, 'UDP')), ['web'], 'another protocol')
  test.strictSame(serving({ containers: [{ name: 'dns', ports: [dns] }] }, to('dns', 'UDP')), ['dns'], 'not by TCP')
  test.strictSame(serving({ ...bare, initContainers: [mesh] }, to(15_001), to('proxy')), [], 'to a native sidecar')
  test.end()
})

void t.test('a number that nobody declares', (test) => {
  test.strictSame(serving(bare, to(8080)), ['web 8080'], 'is that of the only container')
  test.strictSame(serving({ ...bare, initContainers: [mesh] }, to(8080)), ['web 8080'], 'beside a native sidecar')
  test.strictSame(serving(bare, to(53, 'UDP')), ['web'], 'it serves, and not by TCP')
  test.strictSame(serving(bare, to('http')), [], 'a name is nobody’s')
  test.strictSame(serving(two, to(9999)), ['web'], 'of two it is nobody’s')
  test.strictSame(serving(web, to(9999)), ['web'], 'one that declares others is taken at its word')
  test.strictSame(serving(bare, to(8080, 'TCP', 'None')), [], 'a headless Service holds nobody to its ports')
  test.strictSame(serving(web, to(8080, 'TCP', 'None')), ['web 8080'], 'but those that are declared are meant')
  test.strictSame(serving({ containers: [{ name: 'web', ports: [dns] }] }, to(8080)), ['web 8080'], 'beside UDP')
  test.end()
})

void t.test('where the Services are unknown', (test) => {
  test.strictSame(serving(two, 'unknown'), ['web ?', 'log services'])
  test.end()
})

void t.test('ports for metrics', (test) => {
  const exporter: PodSpec = {
    containers: [{ name: 'web', image: 'example.com/web-exporter:1', ports: [{ containerPort: 9100 }] }]
  }
  const controller: PodSpec = {
    containers: [{ name: 'web', ports: [metrics, { containerPort: 8081, name: 'healthz' }] }]
  }
  for (const spec of [exporter, controller]) {
    test.strictSame(serving(spec), ['web intent'], 'no Service leads to one')
    test.strictSame(serving(spec, 'unknown'), ['web services'], 'a Service may lead to one')
  }
  test.strictSame(serving(exporter, to(9100)), ['web 9100'], 'a Service leads to it')
  test.strictSame(serving(controller, to('metrics')), ['web 9090'])
  test.strictSame(serving(controller, to(8080)), ['web intent'], 'a Service leads elsewhere')
  test.strictSame(
    serving({ containers: [{ name: 'web', ports: [{ containerPort: 9090 }] }] }),
    ['web'],
    'no name says so'
  )
  test.strictSame(serving(web), ['web'], 'beside another port')
  test.end()
})

void t.test('commands that serve nothing', (test) => {
  const idle: PodSpec = { containers: [{ name: 'web', command: ['sleep', 'infinity'] }] }
  const declaring: PodSpec = { containers: [{ name: 'web', ports: [http], command: ['sleep', 'infinity'] }] }
  test.strictSame(serving(idle), [], 'nothing says that it serves')
  test.strictSame(serving(idle, to(8080)), ['web 8080 intent'], 'a Service says so')
  test.strictSame(serving(idle, 'unknown'), ['web services'], 'a Service may say so')
  test.strictSame(serving(declaring), ['web intent'], 'its port says so')
  test.strictSame(serving(declaring, 'unknown'), ['web intent'])
  test.end()
})

void t.test('a name leads to the first container that has it', (test) => {
  const ports = [{ containerPort: 8080 }]
  const containers = [{ name: 'web' }, { name: 'web', ports }, { ports }]
  const places = trafficContainers({ containers }, []).map(({ at }) => at)
  test.strictSame(places, ['containers[1]', 'containers[2]'])
  test.end()
})

void t.test('what was found last is of the same containers and Services alone', (test) => {
  const containers = [
    { name: 'web', ports: [http] },
    { name: 'proxy', ports: [http] }
  ]
  const spec = { containers }
  const found = () => trafficContainers(spec, []).map(({ at, doubt = 'none' }) => `${at} ${doubt}`)
  test.strictSame(found(), ['containers[name=web] none', 'containers[name=proxy] none'])
  test.equal(trafficContainers(spec, []).length, 2)
  // As a repair replaces a container in a list of its own.
  containers[1] = { name: 'exporter', ports: [metrics] }
  test.strictSame(found(), ['containers[name=web] none', 'containers[name=exporter] intent'])
  containers.pop()
  test.strictSame(found(), ['containers[name=web] none'])
  test.strictSame(trafficContainers({}, []), [])
  test.end()
})
