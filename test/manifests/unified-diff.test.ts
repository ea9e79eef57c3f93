import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { applyInsertions, type Insertion } from '../../src/manifests/insertion.ts'
import { unifiedDiff } from '../../src/manifests/unified-diff.ts'

const long = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('')

/** Behind the first appearance of a text. */
function behind(text: string, mark: string, inserted: string): Insertion {
  return { offset: text.indexOf(mark) + mark.length, text: inserted }
}

void t.test('whole lines are added between three lines of context', (test) => {
  const diff = unifiedDiff('a/b.yaml', long, [behind(long, 'line 10\n', 'one\ntwo\n')])
  test.equal(
    diff,
    `--- a/a/b.yaml
+++ b/a/b.yaml
@@ -8,6 +8,8 @@
 line 8
 line 9
 line 10
+one
+two
 line 11
 line 12
 line 13
`
  )
  test.equal(unifiedDiff('a.yaml', long, []), '')
  test.end()
})

void t.test('a line that is inserted into is removed and added', (test) => {
  test.equal(
    unifiedDiff('a.yaml', 'a: {}\nb: 1\n', [{ offset: 4, text: 'c: 1' }]),
    '--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n-a: {}\n+a: {c: 1}\n b: 1\n'
  )
  test.end()
})

const cases: Readonly<Record<string, readonly [text: string, insertions: readonly Insertion[]]>> = {
  'at the beginning': [long, [{ offset: 0, text: 'one\n' }]],
  'at the end': [long, [{ offset: long.length, text: 'one\n' }]],
  'into an empty file': ['', [{ offset: 0, text: 'one\n' }]],
  'behind a last line without an end': [
    'a\nb',
    [
      { offset: 3, text: '\nc' },
      { offset: 3, text: '\nd\n' }
    ]
  ],
  'within a last line without an end': ['a\nb: {}', [{ offset: 6, text: 'c: 1' }]],
  'before a last line without an end': ['a\nb', [{ offset: 2, text: 'c\n' }]],
  'in two places near each other': [long, [behind(long, 'line 10\n', 'one\n'), behind(long, 'line 16\n', 'two\n')]],
  'in two places apart': [long, [behind(long, 'line 10\n', 'one\ntwo\n'), behind(long, 'line 17\n', 'three\n')]],
  'in two places of one line, and behind it': [
    long,
    [behind(long, 'li', 'x'), behind(long, 'line', 'y'), behind(long, 'line 1\n', 'z\n')]
  ],
  'before and within a line': [long, [behind(long, 'line 1\n', 'z\n'), behind(long, 'line 1\nli', 'x')]],
  'with CRLF': ['a\r\nb\r\n', [{ offset: 3, text: 'c\r\n' }]],
  'with a byte order mark': ['\uFEFFa\nb\n', [{ offset: 3, text: 'c\n' }]]
}

for (const [fact, [text, insertions]] of Object.entries(cases)) {
  void t.test(`git applies insertions ${fact}`, (test) => {
    for (const path of ['a.yaml', 'x y/ü "b"\\.yaml']) {
      const root = test.testdir()
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
      execFileSync('git', ['apply', '-'], {
        cwd: root,
        input: unifiedDiff(path, text, insertions),
        env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(root) }
      })
      test.equal(readFileSync(join(root, path), 'utf8'), applyInsertions(text, insertions))
    }
    test.end()
  })
}
