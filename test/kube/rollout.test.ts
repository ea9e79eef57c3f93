import * as fc from 'fast-check'
import t from 'tap'
import { percentOf, resolveIntOrPercent } from '../../src/kube/int-or-percent.ts'
import { resolveFenceposts } from '../../src/kube/rollout.ts'

type Scaled = readonly [value: number | string, total: number, up: number | undefined, down: number | undefined]

// The first six rows are those of kubernetes staging/src/k8s.io/apimachinery/pkg/util/intstr/intstr_test.go.
const scaled: readonly Scaled[] = [
  [123, 0, 123, 123],
  ['90%', 100, 90, 90],
  ['90%', 95, 86, 85],
  ['%', 10, undefined, undefined],
  ['90#', 10, undefined, undefined],
  ['30%0', 10, undefined, undefined],
  ['90', 10, undefined, undefined],
  ['a%', 10, undefined, undefined],
  ['40#', 10, undefined, undefined],
  [0, 7, 0, 0],
  [12, 3, 12, 12],
  ['0%', 7, 0, 0],
  ['100%', 7, 7, 7],
  ['150%', 3, 5, 4],
  ['25%', 0, 0, 0],
  ['1%', 1, 1, 0],
  ['007%', 100, 7, 7],
  ['00000000000100%', 3, 3, 3],
  ['9999999999%', 3, undefined, undefined],
  ['', 10, undefined, undefined],
  ['-5%', 10, undefined, undefined],
  ['+5%', 10, undefined, undefined],
  ['1.5%', 10, undefined, undefined],
  [' 5%', 10, undefined, undefined],
  ['5 %', 10, undefined, undefined],
  ['5%%', 10, undefined, undefined],
  ['5%\n', 10, undefined, undefined],
  ['٣%', 10, undefined, undefined],
  ['0x10%', 10, undefined, undefined],
  ['1e2%', 10, undefined, undefined]
]

void t.test('resolveIntOrPercent', (test) => {
  for (const [value, total, up, down] of scaled) {
    const fact = `${JSON.stringify(value)} of ${total}`
    test.equal(resolveIntOrPercent(value, total, 'up'), up, `${fact}, rounded up, is ${up}`)
    test.equal(resolveIntOrPercent(value, total, 'down'), down, `${fact}, rounded down, is ${down}`)
  }
  test.end()
})

function exactly(percent: number, total: number): { up: number; down: number } {
  const hundredths = BigInt(percent) * BigInt(total)
  return { up: Number((hundredths + 99n) / 100n), down: Number(hundredths / 100n) }
}

function agrees(percent: number, total: number): boolean {
  const { up, down } = exactly(percent, total)
  const value = `${percent}%`
  return resolveIntOrPercent(value, total, 'up') === up && resolveIntOrPercent(value, total, 'down') === down
}

void t.test('percentages are exact', (test) => {
  const wrong: string[] = []
  for (let percent = 0; percent <= 100; percent++) {
    for (let total = 0; total <= 2000; total++) if (!agrees(percent, total)) wrong.push(`${percent}% of ${total}`)
  }
  test.same(wrong, [], 'for every percentage to 100 of every total to 2000')
  fc.assert(fc.property(fc.nat({ max: 10_000 }), fc.nat({ max: 2 ** 31 - 1 }), agrees))
  test.end()
})

void t.test('percentOf', (test) => {
  test.equal(percentOf('25%'), 25, 'a percentage is its number')
  test.equal(percentOf('000%'), 0, 'leading zeros are nothing')
  test.equal(percentOf(25), undefined, 'an integer is no percentage')
  test.equal(percentOf('25'), undefined, 'digits alone are no percentage')
  test.end()
})

type Fenceposts = readonly [
  fact: string,
  maxSurge: number | string,
  maxUnavailable: number | string,
  desired: number,
  resolved: readonly [surge: number, unavailable: number] | undefined
]

// The first five rows are those of kubernetes pkg/controller/deployment/util/deployment_util_test.go, where null stands for 0.
const fenceposts: readonly Fenceposts[] = [
  ['both 0% of no pods let one go', '0%', '0%', 0, [0, 1]],
  ['surge rounds up and unavailable down', '39%', '39%', 10, [4, 3]],
  ['an unreadable maxUnavailable resolves to nothing', '55%', 'urg', 10, undefined],
  ['surge alone may be set', '39%', 0, 10, [4, 0]],
  ['both 0 let one go', 0, 0, 10, [0, 1]],
  ['an unreadable maxSurge resolves to nothing', '20Percent', 1, 10, undefined],
  ['one kept pod is replaced by surge', 1, 0, 1, [1, 0]],
  ['without surge the only pod goes first', 0, '25%', 1, [0, 1]],
  ['without surge 25% is one pod up to seven', 0, '25%', 7, [0, 1]],
  ['without surge 25% is two pods at eight', 0, '25%', 8, [0, 2]],
  ['surge may exceed all pods', '150%', 0, 2, [3, 0]],
  ['integers are not bounded by the number of pods', 5, 5, 2, [5, 5]],
  ['all pods may go', 0, '100%', 4, [0, 4]],
  ['1% of 99 pods is none down and one up', '1%', '1%', 99, [1, 0]]
]

void t.test('resolveFenceposts', (test) => {
  for (const [fact, maxSurge, maxUnavailable, desired, resolved] of fenceposts) {
    const found = resolveFenceposts(maxSurge, maxUnavailable, desired)
    test.same(found && [found.surge, found.unavailable], resolved, fact)
  }
  test.end()
})

void t.test('what the defaults of 25% come to', (test) => {
  const table = [
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [5, 2, 1],
    [6, 2, 1],
    [7, 2, 1],
    [8, 2, 2],
    [9, 3, 2],
    [10, 3, 2]
  ] as const
  for (const [replicas, surge, unavailable] of table) {
    const found = resolveFenceposts('25%', '25%', replicas)
    test.strictSame(found, { surge, unavailable }, `${replicas} replicas: ${surge} more, ${unavailable} fewer`)
  }
  test.end()
})

void t.test('a rolling update can always take a step', (test) => {
  const bound = fc.oneof(
    fc.nat({ max: 20 }),
    fc.nat({ max: 100 }).map((percent) => `${percent}%`)
  )
  fc.assert(
    fc.property(bound, bound, fc.nat({ max: 1000 }), (maxSurge, maxUnavailable, desired) => {
      const { surge, unavailable } = resolveFenceposts(maxSurge, maxUnavailable, desired) ?? {}
      return surge !== undefined && unavailable !== undefined && surge + unavailable > 0
    })
  )
  test.end()
})
