import t from 'tap'
import { injectedKey } from '../../../src/engine/api.ts'
import { type RecordEntry, recordOf, recordText } from '../../../src/engine/injection/record.ts'
import { frozen } from '../../support/workloads.ts'

const entry: RecordEntry = {
  policy: 'readiness-probe',
  at: 'containers[name=web].readinessProbe',
  value: { tcpSocket: { port: 80 } }
}
const raised: RecordEntry = {
  policy: 'termination-budget',
  at: 'terminationGracePeriodSeconds',
  value: 45,
  instead: 30
}

const anywhere = { mayInject: () => true }

function read(text: string): readonly RecordEntry[] {
  return recordOf(frozen({ annotations: { [injectedKey]: text } }), anywhere)
}

void t.test('what is written can be read', (test) => {
  const text = recordText(frozen([entry, raised]))
  test.equal(
    text,
    '[{"policy":"readiness-probe","at":"containers[name=web].readinessProbe","value":{"tcpSocket":{"port":80}}},' +
      '{"policy":"termination-budget","at":"terminationGracePeriodSeconds","value":45,"instead":30}]'
  )
  test.strictSame(read(text ?? ''), [entry, raised])
  test.equal(recordText([]), '[]')
  test.strictSame(read('[]'), [])
  test.equal(
    recordText([{ instead: 30, value: 45, at: 'a', policy: 'b' }]),
    '[{"policy":"b","at":"a","value":45,"instead":30}]'
  )
  test.equal(recordText([{ ...entry, value: 'x'.repeat(16 * 1024) }]), undefined, 'what would not fit is not written')
  test.end()
})

void t.test('what is no record counts as none', (test) => {
  const texts: Readonly<Record<string, string>> = {
    'no text': '',
    'no JSON': 'injected by hand',
    'half of it': '[{"policy":',
    null: 'null',
    'a number': '1',
    'an object': JSON.stringify(entry),
    'a list in a list': JSON.stringify([[entry]]),
    'null in it': '[null]',
    'an entry without policy': JSON.stringify([{ at: 'a', value: 1 }]),
    'an entry without place': JSON.stringify([{ policy: 'a', value: 1 }]),
    'an entry without value': JSON.stringify([{ policy: 'a', at: 'b' }]),
    'an entry whose value is null': JSON.stringify([{ policy: 'a', at: 'b', value: null }]),
    'a place that is a list': JSON.stringify([{ ...entry, at: ['hostNetwork'] }]),
    'a policy that is an object': JSON.stringify([{ ...entry, policy: {} }]),
    'a default that is a text': JSON.stringify([{ ...raised, instead: '30' }]),
    'keys that every object has': '[{"__proto__":{"policy":"a","at":"b","value":1}}]',
    'more than 16 KiB': JSON.stringify([{ ...entry, value: 'x'.repeat(16 * 1024) }]),
    'a hundred thousand levels': '['.repeat(100_000) + ']'.repeat(100_000)
  }
  for (const [fact, text] of Object.entries(texts)) test.strictSame(read(text), [], fact)
  test.strictSame(recordOf({}, anywhere), [], 'no annotations')
  test.strictSame(recordOf({ annotations: {} }, anywhere), [], 'no such annotation')
  test.end()
})

void t.test('one entry that is none does not spoil the others, one of another form does', (test) => {
  test.strictSame(read(JSON.stringify([{ policy: 'a' }, raised])), [raised])
  test.strictSame(read(JSON.stringify([7, raised])), [])
  test.end()
})

void t.test('a record that was read can be written, however deep it goes', (test) => {
  const depth = 8000
  const entries = read(`[{"policy":"a","at":"b","value":${'['.repeat(depth)}${']'.repeat(depth)}}]`)
  test.doesNotThrow(() => recordText(entries))
  test.end()
})
