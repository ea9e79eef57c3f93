import { join } from 'node:path'
import t from 'tap'
import { loadKubeConfig } from '../../src/cluster/api/client.ts'

const text = JSON.stringify({
  clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'reader', user: {} }],
  contexts: [{ name: 'one', context: { cluster: 'one', user: 'reader' } }],
  'current-context': 'one'
})

void t.test('the way to the API server', async (test) => {
  const folder = test.testdir({ one: text, empty: '{}' })
  const given = await loadKubeConfig({ kubeconfig: join(folder, 'one'), environment: {} })
  test.equal(given?.getCurrentCluster()?.server, 'https://127.0.0.1:1', 'a kubeconfig')
  test.equal(await loadKubeConfig({ environment: {} }), undefined, 'none')
  test.equal(await loadKubeConfig({ environment: { KUBECONFIG: '' } }), undefined, 'an empty variable is none')
  test.equal(
    await loadKubeConfig({ environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }),
    undefined,
    'a pod without the token of a service account has none'
  )
  await test.rejects(loadKubeConfig({ kubeconfig: join(folder, 'none'), environment: {} }), { code: 'ENOENT' })
  await test.rejects(loadKubeConfig({ kubeconfig: join(folder, 'empty'), environment: {} }), {
    message: 'the kubeconfig names no current cluster'
  })
})
