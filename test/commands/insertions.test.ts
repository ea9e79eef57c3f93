import { readFileSync } from 'node:fs'
import t from 'tap'
import { fix } from '../../src/commands/fix.ts'
import { lint } from '../../src/commands/lint.ts'
import type { Report } from '../../src/report/report.ts'
import { bareYaml, folderWith, look } from './look-here.ts'

void t.test('a fixable finding says what fix inserts for it', async (test) => {
  folderWith(test, { 'web.yaml': bareYaml() })
  const { results } = JSON.parse((await look(lint, ['--format', 'json'])).stdout) as Report
  const probe = results.find(({ policy }) => policy === 'readiness-probe')
  const offset = bareYaml().indexOf('---')
  test.strictSame(probe?.insertions, [
    {
      file: 'web.yaml',
      offset,
      line: 18,
      column: 1,
      text: '        readinessProbe:\n          tcpSocket:\n            port: 8080\n          periodSeconds: 5\n'
    }
  ])
  const budget = results.find(({ policy }) => policy === 'disruption-budget')
  test.equal(budget?.insertions, undefined)
  await look(fix, ['--only', 'readiness-probe'])
  const inserted = bareYaml().slice(0, offset) + (probe?.insertions?.[0]?.text ?? '') + bareYaml().slice(offset)
  test.equal(readFileSync('web.yaml', 'utf8'), inserted)
})
