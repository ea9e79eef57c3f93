import fastJsonPatch from 'fast-json-patch'
import t from 'tap'
import { bundlePatch, bundlesIn, transformConfiguration } from '../../src/certificates/ca-bundle.ts'

const service = { namespace: 'holdfast-system', name: 'holdfast-webhook' }
const encoded = Buffer.from('new').toString('base64')

function configuration(...configs: readonly unknown[]): Record<string, unknown> {
  const webhooks = configs.map((clientConfig, index) => ({ name: `w${index}.example.test`, clientConfig, rules: [] }))
  return { metadata: { name: 'holdfast', resourceVersion: '1' }, webhooks }
}

void t.test('only webhooks that lead to our Service get the bundle', (test) => {
  const raw = configuration(
    { service, caBundle: Buffer.from('old').toString('base64') },
    { service: { ...service, name: 'other' }, caBundle: 'b3RoZXI=' },
    { service: { ...service, namespace: 'other' } },
    { url: 'https://127.0.0.1/', caBundle: 'b3RoZXI=' },
    { service: { ...service, path: '/mutate' } },
    { service, caBundle: encoded }
  )
  const transform = transformConfiguration(raw)
  test.strictSame(bundlesIn(transform, service), ['old', '', 'new'])
  const patch = bundlePatch(transform, service, 'new')
  test.strictSame(patch.slice(0, 4), [
    { op: 'test', path: '/webhooks/0/name', value: 'w0.example.test' },
    { op: 'test', path: '/webhooks/0/clientConfig/service/namespace', value: 'holdfast-system' },
    { op: 'test', path: '/webhooks/0/clientConfig/service/name', value: 'holdfast-webhook' },
    { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: encoded }
  ])
  test.strictSame(
    patch.filter(({ op }) => op === 'add').map(({ path }) => path),
    ['/webhooks/0/clientConfig/caBundle', '/webhooks/4/clientConfig/caBundle']
  )
  const { newDocument } = fastJsonPatch.applyPatch(structuredClone(raw), patch, true)
  test.strictSame(
    bundlePatch(transformConfiguration(newDocument), service, 'new'),
    [],
    'and then nothing is left to do'
  )
  const moved = configuration(
    ...(raw['webhooks'] as { clientConfig: unknown }[]).toReversed().map((one) => one.clientConfig)
  )
  test.throws(() => fastJsonPatch.applyPatch(moved, patch, true), 'not where another has taken the place')
  test.end()
})

void t.test('odd configurations are read or refused', (test) => {
  test.strictSame(transformConfiguration({ metadata: { name: 'x' } }), { metadata: { name: 'x' }, webhooks: [] })
  const bare = transformConfiguration({ metadata: { name: 'x' }, webhooks: [{}, { clientConfig: null }] })
  test.strictSame(bundlePatch(bare, service, 'new'), [])
  for (const raw of [null, 'text', { webhooks: {} }, { webhooks: [{ clientConfig: { caBundle: 7 } }] }])
    test.throws(() => transformConfiguration(raw), { name: 'MalformedObject' })
  test.end()
})
