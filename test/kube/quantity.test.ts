import t from 'tap'
import { parseQuantity } from '../../src/kube/quantity.ts'

void t.test('an amount is read in its own unit', (test) => {
  const cases: readonly (readonly [written: unknown, value: number])[] = [
    ['0', 0],
    ['2', 2],
    [2, 2],
    [0.5, 0.5],
    ['500m', 0.5],
    ['1100m', 1.1],
    ['1.1', 1.1],
    ['.5', 0.5],
    ['2.', 2],
    ['-1', -1],
    ['250u', 0.000_25],
    ['3n', 3e-9],
    ['1k', 1000],
    ['1M', 1e6],
    ['1.5G', 1.5e9],
    ['1Ki', 1024],
    ['128Mi', 134_217_728],
    ['1.5Gi', 1_610_612_736],
    ['1Ei', 2 ** 60],
    ['1E', 1e18],
    ['1e3', 1000],
    ['12E2', 1200],
    ['5e-1', 0.5]
  ]
  for (const [written, value] of cases) test.equal(parseQuantity(written), value, String(written))
  test.end()
})

void t.test('what the API server refuses has no value', (test) => {
  const refused = [
    '',
    ' 1',
    '1 Gi',
    'Gi',
    '1K',
    '1gi',
    '1mi',
    '1ki',
    '1e',
    '1.2.3',
    '0x10',
    'NaN',
    null,
    undefined,
    {},
    ['1']
  ]
  for (const written of refused) test.equal(parseQuantity(written), undefined, JSON.stringify(written))
  test.end()
})
