import t from 'tap'
import { explain } from '../../src/commands/explain.ts'
import { policies } from '../../src/policies/index.ts'
import { look } from './look-here.ts'
import { holdfast } from './process.ts'

void t.test('the page of every policy is there, without the marks of what is generated', async (test) => {
  for (const { id, title } of policies) {
    const { status, stdout } = await look(([policy = ''], outside) => explain(policy, outside), [id])
    test.equal(status, 0)
    test.ok(stdout.startsWith(`# \`${id}\`\n\n${title}.\n`), id)
    test.notMatch(stdout, '<!--')
  }
})

void t.test('holdfast explain', (test) => {
  const page = holdfast(['explain', 'min-replicas'])
  test.match(page, { status: 0, stdout: /^# `min-replicas`\n/, stderr: /^$/ })
  test.strictSame(holdfast(['lint', '--explain', 'min-replicas']), page)
  const help = holdfast(['explain', '-h'])
  for (const { id } of policies) test.match(help.stdout, `\n  ${id} `)
  test.match(holdfast(['explain', 'min-replica']), {
    status: 2,
    stderr: 'min-replica: no such policy; did you mean min-replicas?\n'
  })
  test.match(holdfast(['explain']), { status: 2, stderr: 'holdfast explain: name one policy\n' })
  test.end()
})
