import t from 'tap'
import { hedgeOf, reasonsBesideFacts, uncertain } from '../../src/engine/violation.ts'
import { textOf } from './tree.ts'

void t.test('every reason of an uncertain finding is documented, with its words', (test) => {
  const page = textOf('docs/policies/README.md')
  const rows = reasonsBesideFacts.map((reason) => {
    const hedge = hedgeOf(uncertain(reason, { field: 'spec', problem: 'is wrong', fix: 'right it' }))
    return `| \`${reason}\` | \`(${hedge})\` |`
  })
  test.not(rows.length, 0)
  test.strictSame(
    rows.filter((row) => !page.includes(row)),
    []
  )
  const documented = [...page.matchAll(/^\| `([a-z-]+)` \| `\(/gm)].map(([, reason]) => reason)
  test.strictSame(documented, reasonsBesideFacts, 'and there are no others')
  test.end()
})
