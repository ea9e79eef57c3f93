import t from 'tap'
import {
  hasMatchLabelKeys,
  hasSleepAction,
  isAtLeast,
  parseServerVersion,
  serverVersionOf
} from '../../src/kube/server-version.ts'

type Pair = readonly [major: number, minor: number]

const pairOf = (version: ReturnType<typeof parseServerVersion>): Pair | undefined =>
  version && [version.major, version.minor]

const written: readonly (readonly [text: string, pair: Pair | undefined])[] = [
  ['1.33', [1, 33]],
  ['v1.33', [1, 33]],
  ['v1.36.3', [1, 36]],
  ['  v1.36.3\n', [1, 36]],
  ['1.31+', [1, 31]],
  ['v1.31.4-eks-1a2b', [1, 31]],
  ['v1.35.2-gke.1842000', [1, 35]],
  ['v1.36.1+k3s1', [1, 36]],
  ['v1.30.4+vmware.1-fips', [1, 30]],
  ['v1.37.0-beta.0', [1, 37]],
  ['v1.37.0-alpha.3.15+0123456789abcdef-dirty', [1, 37]],
  ['v1.37-beta', [1, 37]],
  ['v2.0.0', [2, 0]],
  ['v1.0', [1, 0]],
  ['', undefined],
  ['v', undefined],
  ['1', undefined],
  ['v1', undefined],
  ['1.', undefined],
  ['.36', undefined],
  ['v1.x', undefined],
  ['1.33rc', undefined],
  ['vv1.33', undefined],
  ['V1.33', undefined],
  ['version 1.33', undefined],
  ['-1.33', undefined],
  ['1,33', undefined],
  ['1.33\n1.34', undefined],
  ['99999999999999999999.1', undefined],
  ['1.99999999999999999999', undefined]
]

void t.test('parseServerVersion', (test) => {
  for (const [text, pair] of written) {
    test.strictSame(
      pairOf(parseServerVersion(text)),
      pair,
      `${JSON.stringify(text)} is ${pair?.join('.') ?? 'no version'}`
    )
  }
  test.end()
})

type Answer = readonly [fact: string, info: Readonly<Record<string, unknown>>, pair: Pair | undefined]

const answers: readonly Answer[] = [
  ['a plain server', { major: '1', minor: '36', gitVersion: 'v1.36.3' }, [1, 36]],
  [
    'a server that emulates itself',
    { major: '1', minor: '36', emulationMajor: '1', emulationMinor: '36', gitVersion: 'v1.36.3' },
    [1, 36]
  ],
  [
    'a server that emulates an older one behaves as that',
    { major: '1', minor: '36', emulationMajor: '1', emulationMinor: '34', gitVersion: 'v1.36.3' },
    [1, 34]
  ],
  [
    'what it is compatible with at least is not what it is',
    { major: '1', minor: '36', minCompatibilityMajor: '1', minCompatibilityMinor: '29' },
    [1, 36]
  ],
  ['empty emulation fields say nothing', { major: '1', minor: '33', emulationMajor: '', emulationMinor: '' }, [1, 33]],
  ['half an emulation says nothing', { major: '1', minor: '33', emulationMinor: '30' }, [1, 33]],
  ['a provider that adds a plus', { major: '1', minor: '31+', gitVersion: 'v1.31.4-eks-1a2b' }, [1, 31]],
  ['a provider that adds a plus to the emulation', { emulationMajor: '1', emulationMinor: '30+' }, [1, 30]],
  ['gitVersion alone', { gitVersion: 'v1.31.4-eks-1a2b' }, [1, 31]],
  ['empty numbers leave gitVersion', { major: '', minor: '', gitVersion: 'v1.35.0' }, [1, 35]],
  ['garbage numbers leave gitVersion', { major: 'one', minor: '+', gitVersion: 'v1.35.0' }, [1, 35]],
  ['numbers that are not strings leave gitVersion', { major: 1, minor: 36, gitVersion: 'v1.35.0' }, [1, 35]],
  ['a minor alone is not enough', { minor: '36' }, undefined],
  ['nothing at all', {}, undefined],
  ['only garbage', { major: null, minor: {}, gitVersion: ['v1.36.3'] }, undefined],
  ['an unbuilt version', { major: '', minor: '', gitVersion: 'master' }, undefined]
]

void t.test('serverVersionOf', (test) => {
  for (const [fact, info, pair] of answers) test.strictSame(pairOf(serverVersionOf(info)), pair, fact)
  test.end()
})

void t.test('isAtLeast', (test) => {
  const version = { major: 1, minor: 30 }
  test.ok(isAtLeast(version, 1, 30), 'the same release')
  test.ok(isAtLeast(version, 1, 29), 'a newer minor')
  test.notOk(isAtLeast(version, 1, 31), 'an older minor')
  test.ok(isAtLeast({ major: 2, minor: 0 }, 1, 99), 'a newer major, whatever the minor')
  test.notOk(isAtLeast({ major: 1, minor: 99 }, 2, 0), 'an older major, whatever the minor')
  test.ok(isAtLeast({ major: 1, minor: 100 }, 1, 30), 'minors are numbers, not digits')
  test.end()
})

void t.test('features come with a release', (test) => {
  const features = [
    ['preStop.sleep', hasSleepAction, 30],
    ['matchLabelKeys', hasMatchLabelKeys, 27]
  ] as const
  for (const [feature, has, since] of features) {
    test.notOk(has({ major: 1, minor: since - 1 }), `${feature} is not on in 1.${since - 1}`)
    test.ok(has({ major: 1, minor: since }), `${feature} is on in 1.${since}`)
    test.ok(has({ major: 1, minor: since + 10 }), `${feature} stays on`)
  }
  test.end()
})
