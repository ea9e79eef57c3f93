import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }
import { chartFingerprint } from '../../scripts/chart-fingerprint.ts'
import { textOf } from './tree.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

void t.test('deploy/install.yaml was rendered from the chart as it is', (test) => {
  const [, said] = /^# chart: (\w+)$/m.exec(textOf('deploy/install.yaml')) ?? []
  test.equal(said, chartFingerprint(root), 'npm run render writes it')
  test.end()
})

void t.test('the chart is of the version that is released', (test) => {
  const { version, appVersion } = parse(textOf('deploy/chart/Chart.yaml')) as Record<string, string>
  test.strictSame({ version, appVersion }, { version: manifest.version, appVersion: manifest.version })
  test.end()
})
