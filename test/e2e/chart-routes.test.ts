import { join } from 'node:path'
import tap from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { type LabelSelector, selectorMatches } from '../../src/kube/label-selector.ts'
import { chart, helmPath, must } from '../support/helm.ts'
import { run } from '../support/cluster-kubectl.ts'

interface Configuration {
  readonly kind: string
  readonly webhooks?: readonly {
    readonly name: string
    readonly namespaceSelector: LabelSelector
    readonly failurePolicy: string
  }[]
  readonly data?: Readonly<Record<string, string>>
}

const helm = await helmPath()
const root = join(import.meta.dirname, '../..')

await tap.test('deploy/install.yaml is what the chart renders', async (t) => {
  const { code, stderr } = await run([process.execPath, join(root, 'scripts/render.ts'), '--check'], {})
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
})

async function render(values: object): Promise<readonly (Configuration | null)[]> {
  const args = ['template', 'holdfast', chart, '--namespace', 'guard', '--values', '-'] as const
  const text = await must(run([helm, ...args], { input: values }))
  return parseAllDocuments(text).map((document) => document.toJS() as Configuration | null)
}

async function webhooksOf(values: object) {
  return (await render(values)).flatMap((object) => object?.webhooks ?? [])
}

type Webhooks = Awaited<ReturnType<typeof webhooksOf>>

/** Which webhooks are asked about what happens in a namespace. */
function asked(webhooks: Webhooks, name: string, labels: Readonly<Record<string, string>>): string {
  const all = { 'kubernetes.io/metadata.name': name, ...labels }
  const judging = webhooks.filter(({ name: webhook }) => webhook !== 'labels.holdfast.dev')
  const called = judging.filter(({ namespaceSelector }) => selectorMatches(namespaceSelector, all))
  return called.map((webhook) => webhook.name.replace('.holdfast.dev', '')).join(' ')
}

const written = [undefined, 'audit', 'warn', 'enforce', 'off', 'enforced'] as const
const routes = {
  '': ['', 'audit', 'mutate warn', 'mutate enforce', '', ''],
  audit: ['audit', 'audit', 'mutate warn', 'mutate enforce', '', 'audit'],
  warn: ['mutate warn', 'audit', 'mutate warn', 'mutate enforce', '', 'mutate warn'],
  enforce: ['mutate enforce', 'audit', 'mutate warn', 'mutate enforce', '', 'mutate enforce']
}
const inject = { 'holdfast.dev/inject': 'enabled' }

for (const [defaultMode, expected] of Object.entries(routes)) {
  await tap.test(`which webhooks are asked, where the default mode is ${defaultMode || 'none'}`, async (t) => {
    const webhooks = await webhooksOf({ defaultMode, excludedNamespaces: ['no'] })
    t.equal(webhooks.length, 5)
    for (const [index, mode] of written.entries()) {
      const label = mode === undefined ? {} : { 'holdfast.dev/mode': mode }
      t.equal(asked(webhooks, 'shop', { ...label, ...inject }), expected[index], `${mode ?? 'no label'}, with repairs`)
      t.equal(asked(webhooks, 'shop', label), expected[index]?.replace('mutate ', ''), mode ?? 'no label')
      for (const name of ['kube-system', 'kube-node-lease', 'kube-public', 'guard', 'no'])
        t.equal(asked(webhooks, name, { ...label, ...inject }), '', `${name} is never asked about`)
    }
  })
}

await tap.test('the controller keeps no companions where the webhooks are not asked', async (t) => {
  const objects = await render({ excludedNamespaces: ['no'] })
  const [text = ''] = objects.flatMap((object) => object?.data?.['holdfast.yaml'] ?? [])
  t.match(parse(text), { excludedNamespaces: ['guard', 'no'] })
})

await tap.test('audit, warn and labels never fail closed', async (t) => {
  const fail = { webhook: { failurePolicy: { enforce: 'Fail', mutate: 'Fail' } } }
  const policies = (await webhooksOf(fail)).map(({ name, failurePolicy }) => `${name} ${failurePolicy}`)
  t.strictSame(policies, [
    'mutate.holdfast.dev Fail',
    'audit.holdfast.dev Ignore',
    'warn.holdfast.dev Ignore',
    'enforce.holdfast.dev Fail',
    'labels.holdfast.dev Ignore'
  ])
  t.ok(
    (await webhooksOf({})).every(({ failurePolicy }) => failurePolicy === 'Ignore'),
    'by default none does'
  )
})
