import t from 'tap'
import { filesBelow, textOf } from './tree.ts'

const here = 'test/contract/sources.test.ts'
const files = filesBelow('.').filter((file) => file !== here)
const code = files.filter((file) => /^(?:src|test|bench|scripts)\/.*\.ts$/.test(file))

/** Every line of the files that a pattern is found in. */
function lines(within: readonly string[], pattern: RegExp): string[] {
  return within.flatMap((file) => {
    const found = textOf(file).split('\n')
    return found.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []))
  })
}

/** Code without comments and without what stands in quotes. */
function bare(source: string): string {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/\/\/.*$/gm, '')
}

void t.test('no key and no certificate is kept', (test) => {
  const pem = /-----BEGIN [A-Z ]+-----(?:\s|\\n)*[A-Za-z0-9+/=]{16}/
  const encodedPem = /LS0tLS1CRUdJTi[A-Za-z0-9+/=]{16}/
  const token = /\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\./
  test.ok(files.length > 100, `${files.length} files are looked at`)
  for (const pattern of [pem, encodedPem, token]) {
    test.strictSame(
      files.filter((file) => pattern.test(textOf(file))),
      []
    )
  }
  const keyFiles = files.filter((file) => /\.(?:key|pem|crt|p12|pfx|jks)$/.test(file))
  test.strictSame(keyFiles, [])
  test.end()
})

void t.test('nothing speaks of the machine that it was written on', (test) => {
  const place = /(?<![\w.~$}-])\/(?:work|root|home|tmp|Users)(?=[/'"`\s)]|$)/
  const spoken = files.filter((file) => /^(?:src|docs|deploy|certs)\/|^[^/]+\.md$/.test(file))
  test.strictSame(lines(spoken, place), [])
  test.end()
})

void t.test('nothing is left to be done', (test) => {
  const text = files.filter((file) => /\.(?:ts|md|ya?ml|json|go|sh)$/.test(file))
  test.strictSame(lines(text, /\b(?:TODO|FIXME|XXX)\b/), [])
  test.end()
})

void t.test('no value goes without a type', (test) => {
  const loose = /(?::|<|\bas|[|&,]|=>)\s*any\b\s*(?:[[\]>,;)|&={]|$)/m
  test.strictSame(
    code.filter((file) => loose.test(bare(textOf(file)))),
    []
  )
  test.end()
})
