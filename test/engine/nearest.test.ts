import t from 'tap'
import { didYouMean, nearest } from '../../src/engine/nearest.ts'

const words = ['port', 'address', 'healthPort', 'certificateFile', 'readiness-probe', 'min-replicas']

const cases: readonly (readonly [fact: string, word: string, expected: string | undefined])[] = [
  ['a letter too few', 'readines-probe', 'readiness-probe'],
  ['a letter too many', 'adddress', 'address'],
  ['two letters swapped', 'prot', 'port'],
  ['another letter', 'pork', 'port'],
  ['other capitals', 'HealthPort', 'healthPort'],
  ['the word itself', 'port', 'port'],
  ['a part of a word', 'certificate', 'certificateFile'],
  ['the nearer of two', 'healthport', 'healthPort'],
  ['something else altogether', 'colour', undefined],
  ['too short to say', 'x', undefined],
  ['nothing', '', undefined],
  ['a text without end', 'x'.repeat(1_000_000), undefined]
]

void t.test('nearest', async (test) => {
  for (const [fact, word, expected] of cases) test.equal(nearest(word, words), expected, fact)
  test.equal(nearest('port', []), undefined, 'no candidates')
  test.equal(didYouMean('prot', words), '; did you mean port?')
  test.equal(didYouMean('colour', words), '')
})
