import tap, { type Test } from 'tap'
import { bareDeployment } from '../support/cluster-objects.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { apply } from '../support/cluster-verdict.ts'
import type { ApiServer } from '../support/control-plane.ts'
import { openSharedServer } from '../support/shared-server.ts'

const labels: readonly (readonly [label: string, remark: string])[] = [
  [
    'holdfast.dev/mode=enforced',
    'label holdfast.dev/mode names no mode, so Holdfast does nothing here; did you mean enforce?'
  ],
  [
    'holdfast.dev/mode=Enforce',
    'label holdfast.dev/mode names no mode, so Holdfast does nothing here; did you mean enforce?'
  ],
  [
    'holdfast.dev/enforce=true',
    'label holdfast.dev/enforce means nothing, so it has no effect; did you mean holdfast.dev/mode=enforce?'
  ],
  ['holdfast.dev/inject=true', 'label holdfast.dev/inject accepts only enabled, so nothing is repaired here'],
  [
    'holdfast.dev/profile=standart',
    'label holdfast.dev/profile has a value that does not exist; did you mean standard?'
  ]
]

async function checkLabels(t: Test, { kubectl }: ApiServer): Promise<void> {
  for (const [text, remark] of labels) {
    const { code, stderr } = await kubectl(['label', 'namespace', 'mistyped', '--overwrite', text])
    t.equal(code, 0, 'a namespace is never refused')
    t.match(stderr, `Warning: namespace/mistyped: ${remark}`, text)
    await kubectl(['label', 'namespace', 'mistyped', `${text.split('=')[0]}-`])
  }
  const right = await kubectl([
    'label',
    'namespace',
    'mistyped',
    'holdfast.dev/mode=warn',
    'holdfast.dev/inject=enabled'
  ])
  t.strictSame({ code: right.code, stderr: right.stderr }, { code: 0, stderr: '' }, 'what is right is not remarked on')
}

async function checkAnnotations(t: Test, user: NamespaceUser): Promise<void> {
  const bare = bareDeployment('web')
  const annotated = (annotations: object) => ({ ...bare, metadata: { ...bare.metadata, annotations } })
  const untill = await apply(user, annotated({ 'holdfast.dev/exempt-untill': '2027-01-31' }), '--dry-run=server')
  t.match(
    untill.stderr,
    'Warning: deployment/web: annotation holdfast.dev/exempt-untill means nothing, so it has no effect; did you mean holdfast.dev/exempt-until?'
  )
  const repaired = await apply(user, bare, '--dry-run=server', '--output=yaml')
  t.match(repaired.stdout, 'holdfast.dev/injected', 'without an annotation it is repaired')
  const out = await apply(user, annotated({ 'holdfast.dev/inject': 'false' }), '--dry-run=server', '--output=yaml')
  t.notMatch(out.stdout, 'holdfast.dev/injected', 'an evident opt-out is honoured')
  t.match(
    out.stderr,
    'Warning: deployment/web: annotation holdfast.dev/inject counts as disabled; write disabled instead'
  )
}

const server = await openSharedServer(tap)
if (server !== undefined) {
  const user = await userIn(server, 'mistyped', {})
  await tap.test('a mistyped label of a namespace is said', (t) => checkLabels(t, server))
  await tap.test('a mistyped annotation is said, and an opt-out is honoured', (t) => checkAnnotations(t, user))
}
