import t from 'tap'
import { resolveSpecPath } from '../../../src/engine/injection/spec-path.ts'
import { frozen } from '../../support/workloads.ts'

const spec = frozen({
  containers: [{ name: 'web' }, { name: 'api-2' }, {}, { name: 'Web' }],
  initContainers: [{ name: 'mesh' }]
})

void t.test('places below a pod spec', (test) => {
  const places: Readonly<Record<string, readonly (string | number)[] | undefined>> = {
    terminationGracePeriodSeconds: ['terminationGracePeriodSeconds'],
    'containers[name=web].readinessProbe': ['containers', 0, 'readinessProbe'],
    'containers[name=api-2].lifecycle.preStop': ['containers', 1, 'lifecycle', 'preStop'],
    'initContainers[name=mesh].lifecycle': ['initContainers', 0, 'lifecycle'],
    'containers[name=gone].readinessProbe': undefined,
    'containers[name=Web].readinessProbe': undefined,
    'containers[name=].readinessProbe': undefined,
    'containers[2].readinessProbe': undefined,
    'containers[name=web]]': undefined,
    'containers[name=a]b].readinessProbe': undefined,
    'volumes[name=web]': undefined,
    __proto__: undefined,
    'constructor[name=web]': undefined,
    'containers..x': undefined,
    '': undefined
  }
  for (const [at, tokens] of Object.entries(places)) test.strictSame(resolveSpecPath(spec, at), tokens, at)
  test.strictSame(resolveSpecPath({}, 'containers[name=web].readinessProbe'), undefined, 'a pod without containers')
  test.end()
})
