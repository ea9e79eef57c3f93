import t from 'tap'
import { decode, largestFile } from '../../src/manifests/decode.ts'

function bytes(text: string, encoding: BufferEncoding = 'utf8'): Buffer {
  return Buffer.from(text, encoding)
}

const utf16 = { problem: 'UTF-16 text, as PowerShell writes it with >; save it as UTF-8' }

void t.test('UTF-8 text is decoded, with its byte order mark and line ends', (test) => {
  for (const text of ['', 'a: ü\r\n\tb\n', '\uFEFFa: 1', '😀\u0085\u2028'])
    test.strictSame(decode(bytes(text)), { text })
  test.end()
})

void t.test('UTF-16 is named, with a mark and without', (test) => {
  test.strictSame(decode(bytes('\uFEFFkind: A', 'utf16le')), utf16)
  test.strictSame(decode(bytes('\uFEFFkind: A', 'utf16le').swap16()), utf16)
  test.strictSame(decode(bytes('kind: A', 'utf16le')), utf16)
  test.strictSame(decode(bytes('kind: A ', 'utf16le').swap16()), utf16)
  test.end()
})

void t.test('binary files and other encodings are named', (test) => {
  test.strictSame(decode(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])), { problem: 'a binary file, not text' })
  test.strictSame(decode(bytes('a: 1\nb: \0\n')), { problem: 'a binary file, not text' })
  test.strictSame(decode(bytes('a: 1\nb: ü\n', 'latin1')), { problem: 'not UTF-8 text', line: 2 })
  test.strictSame(decode(Buffer.concat([bytes('a: \uFFFD\n'), Buffer.from([0xff])])), {
    problem: 'not UTF-8 text',
    line: 2
  })
  test.end()
})

void t.test('control characters are named with their line', (test) => {
  test.strictSame(decode(bytes('a: 1\nb: \u001B[0m\n')), { problem: 'control character U+001B', line: 2 })
  test.strictSame(decode(bytes(`${'a: 1\n'.repeat(5000)}b: \0\n`)), { problem: 'control character U+0000', line: 5001 })
  test.end()
})

void t.test('a file has 32 MiB at most', (test) => {
  const text = 'a'.repeat(largestFile)
  test.same(decode(bytes(text)), { text })
  test.strictSame(decode(bytes(`${text}a`)), { problem: 'larger than 32 MiB' })
  test.end()
})
