import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { bareDeployment, soundDeployment } from '../support/cluster-objects.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { openSharedServer } from '../support/shared-server.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')

/** The command of the page, of all namespaces: the shared server has others. */
async function checkColumns(t: Test, user: NamespaceUser): Promise<void> {
  const [, resources = '', columns = ''] =
    /^kubectl get (\S+) --all-namespaces -o (custom-columns='.*')$/m.exec(page) ?? []
  const added = 'Warning: deployment/bare: holdfast added readinessProbe, preStop, '
  const { stderr: tried } = await user.must(['create', '--dry-run=server', '-f', '-'], bareDeployment('bare'))
  t.match(tried, added, 'a dry run says what it would add')
  const { stderr: created } = await user.must(['create', '-f', '-'], bareDeployment('bare'))
  t.match(created, added)
  const { stderr: labelled } = await user.must(['label', 'deployment', 'bare', 'team=shop'])
  t.notMatch(labelled, 'holdfast added', 'and nothing is said where nothing is added')
  await user.create(soundDeployment('sound'))
  const { stdout } = await user.must(['get', resources, '-o', columns.replaceAll("'", '')])
  const rows = stdout.split('\n').map((line) => line.split(/\s+/))
  const rowOf = (name: string) => rows.find((row) => row[2] === name)
  t.match(rowOf('bare')?.slice(0, 3), ['Deployment', 'columns', 'bare'])
  t.match(rowOf('bare')?.[3], 'readiness-probe', 'it says what was added')
  t.equal(rowOf('sound')?.[3], '<none>')
}

const server = await openSharedServer(tap)
if (server !== undefined) {
  const user = await userIn(server, 'columns', { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' })
  await tap.test('what was injected is said once, and the documented command lists it by name', (t) =>
    checkColumns(t, user)
  )
}
