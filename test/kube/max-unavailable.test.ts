import t from 'tap'
import { parseMaxUnavailable } from '../../src/kube/max-unavailable.ts'

void t.test('what lets at least one pod go, in the type that the API server takes', (test) => {
  for (const written of [1, 2, 2 ** 31 - 1, '1%', '007%', '100%'])
    test.strictSame(parseMaxUnavailable(written), written)
  test.strictSame(parseMaxUnavailable('3'), 3)
  test.end()
})

void t.test('what blocks every drain, or is refused', (test) => {
  for (const written of [0, -1, 1.5, 2 ** 31, NaN, Infinity, '0', '0%', '101%', '1.5', '', '%'])
    test.equal(parseMaxUnavailable(written), undefined, String(written))
  test.end()
})
