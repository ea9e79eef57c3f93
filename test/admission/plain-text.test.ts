import * as fc from 'fast-check'
import t from 'tap'
import { arePlain, isPlain } from '../../src/admission/plain-text.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { oneLine } from '../../src/engine/text.ts'
import { certain } from '../../src/engine/violation.ts'

void t.test('printable ASCII without quotes and backslashes is plain', (test) => {
  for (let code = 0; code <= 0xffff; code++) {
    const expected = code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c
    const text = `web ${String.fromCharCode(code)}`
    if (isPlain(text) !== expected) test.fail(`character ${code}`)
  }
  test.equal(isPlain(''), true)
  test.end()
})

void t.test('a plain text is written as it is, wherever its characters are', (test) => {
  const unit = fc.oneof(
    { weight: 20, arbitrary: fc.string({ minLength: 1, maxLength: 40 }) },
    fc.string({ unit: 'binary' })
  )
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 20 }), (texts) => {
      const text = texts.join('')
      return !isPlain(text) || (oneLine(text) === text && JSON.stringify(JSON.stringify(text)) === `"\\"${text}\\""`)
    })
  )
  test.pass()
  test.end()
})

void t.test('of findings, every text counts', (test) => {
  const shortfall = { field: 'spec.replicas', problem: 'runs 1 replica', fix: 'set it to 2 or more' }
  const finding: Finding = { policy: 'min-replicas', severity: 'required', ...certain(shortfall) }
  test.equal(arePlain([]), true)
  test.equal(arePlain([finding, finding]), true)
  for (const part of ['field', 'problem', 'fix'] as const) {
    for (const text of ['a "name"', 'a\nline', '…', '\ud83d'])
      test.equal(arePlain([finding, { ...finding, [part]: text }]), false, `${part}: ${JSON.stringify(text)}`)
  }
  test.end()
})
