import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { findFiles } from '../../src/manifests/find-files.ts'
import { globs } from '../../src/manifests/glob.ts'
import { loadText } from '../../src/manifests/load.ts'

/** Makes files in the folder of the test. A name that ends with a slash is a folder; a value is what a link leads to. */
function tree(root: string, files: readonly string[], links: Readonly<Record<string, string>> = {}): void {
  for (const file of files) {
    mkdirSync(join(root, file.endsWith('/') ? file : dirname(file)), { recursive: true })
    if (!file.endsWith('/')) writeFileSync(join(root, file), 'a: 1\n')
  }
  for (const [link, target] of Object.entries(links)) symlinkSync(target, join(root, link))
}

void t.test('a folder gives its YAML and JSON files in order', async (test) => {
  const root = test.testdir()
  tree(root, ['b.yml', 'a/z.yaml', 'a/b.JSON', 'c.txt', 'a.yaml', 'node_modules/d.yaml', '.git/e.yaml', '.f.yaml'])
  test.strictSame(await findFiles([root]), {
    files: ['a/b.JSON', 'a/z.yaml', 'a.yaml', 'b.yml'].map((file) => `${root}/${file}`),
    problems: [],
    skipped: [
      { path: `${root}/.f.yaml`, reason: 'hidden' },
      { path: `${root}/.git`, reason: 'hidden' },
      { path: `${root}/node_modules`, reason: 'node_modules' }
    ]
  })
})

void t.test('a file that is named is taken whatever its name, and once', async (test) => {
  const root = test.testdir()
  tree(root, ['b.txt', 'a.yaml'])
  const { files } = await findFiles([`${root}/b.txt`, `${root}/a.yaml`, root, '-', '-'])
  test.strictSame(files, [`${root}/b.txt`, `${root}/a.yaml`, '-'])
})

void t.test('globs leave files and folders out', async (test) => {
  const root = test.testdir()
  tree(root, ['charts/a.yaml', 'x/charts/b.yaml', 'x/test-1.yaml', 'x/c.yaml', 'd1.yaml', 'e.yaml'])
  const exclude = ['/charts', '/**/test-*.yaml', '/x/{b,c}.yaml', '/[!a-c]1.yaml'].map((glob) => `${root}${glob}`)
  const { files, skipped } = await findFiles([root], { isExcluded: globs(exclude) })
  test.strictSame(files, [`${root}/e.yaml`, `${root}/x/charts/b.yaml`])
  test.equal(skipped.length, 4)
})

void t.test(
  'a link is followed where it leads to something in the folder that is not found otherwise',
  async (test) => {
    const root = test.testdir()
    tree(root, ['tree/.data/a.yaml', 'tree/b.yaml', 'tree/x/c.yaml', 'out/d.yaml'], {
      'tree/a.yaml': '.data/a.yaml',
      'tree/b2.yaml': 'b.yaml',
      'tree/x/up': '..',
      'tree/out': '../out',
      'tree/d.yaml': '../out/d.yaml'
    })
    const { files, problems, skipped } = await findFiles([`${root}/tree`])
    test.strictSame(
      files,
      ['b.yaml', 'x/c.yaml', 'a.yaml'].map((file) => `${root}/tree/${file}`)
    )
    test.strictSame(problems, [])
    test.strictSame(
      skipped.filter(({ reason }) => reason === 'a link out of the folder').map(({ path }) => path),
      [`${root}/tree/d.yaml`, `${root}/tree/out`]
    )
  }
)

void t.test('what cannot be read is a problem, and the rest is found', async (test) => {
  const root = test.testdir()
  tree(root, ['a.yaml'], { 'loop.yaml': 'loop.yaml', 'gone.yaml': 'nothing' })
  const { files, problems } = await findFiles([`${root}/none`, root])
  test.strictSame(files, [`${root}/a.yaml`])
  test.strictSame(problems, [
    { file: `${root}/none`, problem: 'no such file or folder' },
    { file: `${root}/gone.yaml`, problem: 'no such file or folder' },
    { file: `${root}/loop.yaml`, problem: 'a link that leads to itself' }
  ])
})

void t.test('a folder without rights is a problem', async (test) => {
  const root = test.testdir()
  tree(root, ['locked/a.yaml'])
  chmodSync(join(root, 'locked'), 0)
  // Root may read all, so it is nobody for the while.
  const asRoot = process.getuid?.() === 0
  if (asRoot) process.seteuid?.('nobody')
  const { problems } = await findFiles([root]).finally(() => asRoot && process.seteuid?.(0))
  test.strictSame(problems, [{ file: `${root}/locked`, problem: 'permission denied' }])
  chmodSync(join(root, 'locked'), 0o700)
})

void t.test('a file is loaded up to its largest size, also where it has no end', async (test) => {
  const root = test.testdir({ a: 'a: 1\n', large: '' })
  truncateSync(join(root, 'large'), 100 * 1024 * 1024)
  test.strictSame(await loadText(join(root, 'a')), { text: 'a: 1\n' })
  test.strictSame(await loadText(join(root, 'large')), { problem: 'larger than 32 MiB' })
  test.strictSame(await loadText('/dev/zero'), { problem: 'larger than 32 MiB' })
  test.strictSame(await loadText(join(root, 'none')), { problem: 'no such file or folder' })
  test.strictSame(await loadText(root), { problem: 'a folder, not a file' })
})
