import t from 'tap'
import { parseSelectorText } from '../../src/kube/selector-text.ts'

void t.test('a selector is read as kubectl reads it', (test) => {
  test.strictSame(parseSelectorText('app=web,tier!=test, a/b==c'), {
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'tier', operator: 'NotIn', values: ['test'] },
      { key: 'a/b', operator: 'In', values: ['c'] }
    ]
  })
  test.strictSame(parseSelectorText('tier in (a, b),env notin (c),!canary,team,empty='), {
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['c'] },
      { key: 'canary', operator: 'DoesNotExist' },
      { key: 'team', operator: 'Exists' },
      { key: 'empty', operator: 'In', values: [''] }
    ]
  })
  test.end()
})

void t.test('what is no selector is none', (test) => {
  for (const text of ['', ',', 'app in', 'app in ()x', '=web', 'a b', 'app=web,', '-a', 'app=web=x']) {
    test.equal(parseSelectorText(text), undefined, text)
  }
  test.end()
})
