import t from 'tap'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { facts } from '../../src/commands/facts.ts'
import { lint } from '../../src/commands/lint.ts'
import { readFacts } from '../../src/inventory/facts-file.ts'
import { type FakeCluster, fakeLive } from './live-cluster.ts'
import { deploymentYaml, folderWith, look } from './look-here.ts'

const at = (namespace: string, name: string) => ({ metadata: { namespace, name } })
const owned = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', controller: true }] }
const places = { 'kubernetes.io/hostname': 'a', 'topology.kubernetes.io/zone': 'a' }
const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bank' } },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', labels: places } },
  { apiVersion: 'apps/v1', kind: 'Deployment', ...at('shop', 'web') },
  { apiVersion: 'apps/v1', kind: 'Deployment', ...at('bank', 'ledger') },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { namespace: 'shop', name: 'web-1', ...owned } },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', ...at('shop', 'alone') },
  { apiVersion: 'v1', kind: 'Pod', ...at('shop', 'web-1-x') },
  { apiVersion: 'v1', kind: 'Secret', ...at('shop', 'password') }
]

function save(args: readonly string[], cluster: FakeCluster) {
  const { open } = fakeLive(cluster)
  return look((given, outside) => facts(given, outside, open), args)
}

function namesIn(text: string): string[] {
  return readFacts(JSON.parse(text)).objects.map(({ kind, metadata }) => {
    return `${String(kind)} ${(metadata as { name: string }).name}`
  })
}

void t.test('what is saved is read again, in the same order whatever the order of the lists', async (test) => {
  const { stdout, stderr, status } = await save([], { objects })
  test.strictSame({ stderr, status }, { stderr: '', status: 0 })
  test.strictSame(namesIn(stdout), [
    'Namespace bank',
    'Namespace shop',
    'Node a',
    'Deployment ledger',
    'Deployment web',
    'ReplicaSet alone',
    'Pod web-1-x'
  ])
  const read = readFacts(JSON.parse(stdout))
  test.strictSame(read.serverVersion, { major: 1, minor: 36 })
  test.equal(read.missing.size, 0)
  test.equal((await save([], { objects: objects.toReversed() })).stdout, stdout)
})

void t.test('one namespace alone is saved, and the file says so', async (test) => {
  const { stdout } = await save(['-n', 'shop'], { objects })
  test.equal(readFacts(JSON.parse(stdout)).namespace, 'shop')
  test.strictSame(namesIn(stdout), ['Namespace shop', 'Node a', 'Deployment web', 'ReplicaSet alone', 'Pod web-1-x'])
})

void t.test('what may not be listed is missing, and the run says so', async (test) => {
  const { stdout, stderr, status } = await save([], { objects, forbidden: ['nodes', 'pods'] })
  test.equal(status, 3)
  test.equal(stderr, 'nodes: forbidden\npods: forbidden\n')
  const { missing, sources } = readFacts(JSON.parse(stdout))
  test.strictSame(
    [...missing],
    [
      ['nodes', 'forbidden'],
      ['pods', 'forbidden']
    ]
  )
  test.notOk(sources.has('nodes'))
})

const gone = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') })

function refused(code: number): ApiError {
  return new ApiError({ asked: '', code, status: { reason: 'Unauthorized' } })
}

function failing(error: Error): () => Promise<never> {
  return async () => {
    throw error
  }
}

void t.test('a cluster that does not answer is told in one line', async (test) => {
  const { stdout, stderr, status } = await save([], { objects, version: failing(gone) })
  test.strictSame(
    { stdout, stderr, status },
    { stdout: '', stderr: 'the API server cannot be reached: connect ECONNREFUSED\n', status: 3 }
  )
  test.equal(
    (await save([], { objects, version: failing(refused(401)) })).stderr,
    'the API server answers 401 Unauthorized\n'
  )
})

void t.test('the version is unknown to whoever may not ask for it', async (test) => {
  const { stdout, status } = await save([], { objects, version: failing(refused(403)) })
  test.equal(status, 0)
  test.equal(readFacts(JSON.parse(stdout)).serverVersion, undefined)
})

void t.test('wrong flags are said', async (test) => {
  const wrong = async (...args: string[]) => {
    const { status, stderr } = await save(args, { objects })
    return `${status} ${stderr}`
  }
  test.equal(await wrong('-n', 'shop', '-A'), '2 --all-namespaces: cannot be used with --namespace\n')
  test.equal(await wrong('-n', 'a/../b'), '2 --namespace: "a/../b" is not the name of a namespace\n')
  test.equal(await wrong('facts.json'), '2 facts.json: not a flag\n')
  test.match((await save(['--help'], { objects })).stdout, 'Usage: holdfast facts')
})

async function said(file: string): Promise<string> {
  return (await look(lint, [file, '--facts', 'facts.json', '--format', 'line'])).stdout
}

void t.test('files are judged by the saved facts of their namespace; of others nothing is known', async (test) => {
  const { stdout } = await save(['-n', 'shop'], { objects })
  folderWith(test, {
    'facts.json': stdout,
    'shop.yaml': deploymentYaml('api', { namespace: 'shop' }),
    'bank.yaml': deploymentYaml('api', { namespace: 'bank' })
  })
  test.match(
    await said('shop.yaml'),
    /advised: deployment\/api: \[disruption-budget\] spec.selector: no budget selects its pods/
  )
  test.notMatch(await said('bank.yaml'), 'advised', 'it may have a budget')
})
