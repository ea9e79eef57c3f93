import t from 'tap'
import { buildCompanionApi } from '../../src/companion/companion-api.ts'
import { buildManifest } from '../../src/companion/manifest.ts'
import { buildLeaderApi } from '../../src/cluster/election/leadership.ts'
import { budgetOf, companionOf, selector, web } from './scene.ts'
import { sentTo } from './sent.ts'

const path = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/holdfast-deployment-web'
const owner = { ref: web, uid: 'u-web' }
const deployments = { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }
const named = { name: 'holdfast-deployment-web', namespace: 'shop' }
const by = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-web' }
const manifest = buildManifest({ ...named, owner: by, maxUnavailable: 1, selector })
const live = companionOf({ uid: 'u-1', resourceVersion: '7' })
const conditions = { uid: 'u-1', resourceVersion: '7' }

/** The error that the API server's answer became. */
function refusal(status: number): object & { name: string } {
  return Object.assign({ name: 'ApiError' }, { status })
}

void t.test('a companion is applied, never by force where there was none', async (test) => {
  const { api, calls } = sentTo({})
  await buildCompanionApi(api).create(manifest)
  test.match(calls, [{ method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body: manifest }])
  test.strictSame(calls[0]?.query, { fieldManager: 'holdfast' })
})

void t.test('an object of that name that was made meanwhile is a conflict', async (test) => {
  const { api, calls } = sentTo(409)
  await test.rejects(buildCompanionApi(api).create(manifest), refusal(409))
  test.equal(calls.length, 1)
})

void t.test('an update is to the version that was judged', async (test) => {
  const { api, calls } = sentTo({})
  test.equal(await buildCompanionApi(api).update(manifest, live, owner), true)
  test.match(calls, [{ method: 'PATCH', path, body: { metadata: conditions, spec: manifest.spec } }])
  test.strictSame(calls[0]?.query, { fieldManager: 'holdfast', force: 'true' })
})

void t.test('a removal is of the version that was judged', async (test) => {
  const { api, calls } = sentTo({})
  test.equal(await buildCompanionApi(api).remove(live, owner), true)
  test.match(calls, [{ method: 'DELETE', path, body: { kind: 'DeleteOptions', preconditions: conditions } }])
  test.equal(calls.length, 1)
})

void t.test('what only its status has changed of is removed all the same', async (test) => {
  const fresh = { metadata: { ...live.metadata, resourceVersion: '8' }, spec: live.spec }
  const { api, calls } = sentTo(409, fresh, {})
  test.equal(await buildCompanionApi(api).remove(live, owner), true)
  test.strictSame(
    calls.map(({ method = 'GET' }) => method),
    ['DELETE', 'GET', 'DELETE']
  )
  test.match(calls[2]?.body, { preconditions: { uid: 'u-1', resourceVersion: '8' } })
})

const changed: Readonly<Record<string, object | number>> = {
  'that is gone': 404,
  'that is another': { metadata: { ...live.metadata, uid: 'u-2', resourceVersion: '8' }, spec: {} },
  'that lost its mark': { metadata: { ...live.metadata, labels: {}, resourceVersion: '8' }, spec: {} },
  'with another owner': {
    metadata: { ...live.metadata, ownerReferences: [{ ...by, name: 'api', controller: true }] },
    spec: {}
  }
}

for (const [what, found] of Object.entries(changed)) {
  void t.test(`one ${what} by now is left alone`, async (test) => {
    for (const write of ['remove', 'update'] as const) {
      const { api, calls } = sentTo(409, found)
      const companions = buildCompanionApi(api)
      const done = write === 'remove' ? companions.remove(live, owner) : companions.update(manifest, live, owner)
      test.equal(await done, false, write)
      test.equal(calls.length, 2)
    }
  })
}

void t.test('one that is gone is none to remove', async (test) => {
  test.equal(await buildCompanionApi(sentTo(404).api).remove(live, owner), false)
})

void t.test('it does not try for ever', async (test) => {
  const { api, calls } = sentTo(...Array.from({ length: 9 }, () => [409, { metadata: live.metadata, spec: {} }]).flat())
  await test.rejects(buildCompanionApi(api).remove(live, owner), refusal(409))
  test.equal(calls.filter(({ method }) => method === 'DELETE').length, 8)
})

void t.test('nothing is removed without a condition', async (test) => {
  const { api, calls } = sentTo({})
  for (const metadata of [{ uid: '' }, { resourceVersion: '' }]) {
    await test.rejects(buildCompanionApi(api).remove(budgetOf('x', metadata), owner), {
      message: 'a budget without uid or resourceVersion'
    })
  }
  test.strictSame(calls, [])
})

void t.test('a refusal is passed on', async (test) => {
  for (const status of [403, 422, 429, 500]) {
    await test.rejects(buildCompanionApi(sentTo(status).api).remove(live, owner), refusal(status))
  }
})

const owners: Readonly<Record<string, readonly [found: object | number, there: boolean]>> = {
  there: [{ metadata: { uid: 'u-web' } }, true],
  gone: [404, false],
  'another of the same name': [{ metadata: { uid: 'u-new' } }, false],
  'being deleted': [{ metadata: { uid: 'u-web', deletionTimestamp: '2026-11-21T04:00:00Z' } }, false],
  'no object at all': [{}, false]
}

for (const [what, [found, there]] of Object.entries(owners)) {
  void t.test(`the owner is ${what}`, async (test) => {
    const { api, calls } = sentTo(found)
    test.equal(await buildCompanionApi(api).isThere(owner, deployments), there)
    test.match(calls, [{ path: '/apis/apps/v1/namespaces/shop/deployments/web' }])
  })
}

void t.test('nothing is asked once leadership is over, though no timer told', async (test) => {
  const { api, calls } = sentTo({})
  const ending = new AbortController()
  const leadership = {
    signal: ending.signal,
    get held() {
      ending.abort(new Error('the lease was not renewed in time'))
      return false
    }
  }
  await test.rejects(buildCompanionApi(buildLeaderApi(api, leadership)).create(manifest), {
    message: 'the lease was not renewed in time'
  })
  test.strictSame(calls, [])
})
