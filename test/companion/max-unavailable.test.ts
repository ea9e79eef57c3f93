import t from 'tap'
import { maxUnavailableOf } from '../../src/companion/max-unavailable.ts'

function read(text: string, configured: number | string = 1) {
  return maxUnavailableOf({ annotations: { 'holdfast.dev/max-unavailable': text } }, configured)
}

void t.test('what the configuration says without the annotation', (test) => {
  test.strictSame(maxUnavailableOf({}, 1), { value: 1 })
  test.strictSame(maxUnavailableOf({ annotations: {} }, '10%'), { value: '10%' })
  test.end()
})

void t.test('the annotation goes before the configuration, unless it would block every drain', (test) => {
  test.strictSame(read('2', '10%'), { value: 2 })
  const fault = 'holdfast.dev/max-unavailable: "0" is neither 1 or more nor 1% to 100%; Holdfast uses 10%'
  test.strictSame(read('0', '10%'), { value: '10%', fault })
  test.end()
})

const taken: Readonly<Record<string, number | string>> = {
  '1': 1,
  '2': 2,
  '007': 7,
  '2147483647': 2_147_483_647,
  '1%': '1%',
  '25%': '25%',
  '100%': '100%'
}

for (const [text, value] of Object.entries(taken)) {
  void t.test(`${text} is taken`, (test) => {
    test.strictSame(read(text), { value })
    test.end()
  })
}

const refused = [
  '',
  '0',
  '00',
  '0%',
  '000%',
  '-1',
  '+1',
  '1.5',
  '101%',
  '1000%',
  '2147483648',
  '1e3',
  '25 %',
  ' 1',
  'x'
]

for (const text of [...refused, '٣', '1\n', '__proto__', '%', '9'.repeat(40)]) {
  void t.test(`${JSON.stringify(text)} is refused`, (test) => {
    const fault = `holdfast.dev/max-unavailable: ${JSON.stringify(text)} is neither 1 or more nor 1% to 100%; Holdfast uses 1`
    test.strictSame(read(text), { value: 1, fault })
    test.end()
  })
}

void t.test('of what is too long to show, the beginning is shown', (test) => {
  const text = `${'x'.repeat(39)}\u{1F600}${'y'.repeat(1000)}`
  const { fault = '' } = read(text)
  test.match(fault, `"${'x'.repeat(39)}\u{FFFD}" is neither`)
  test.ok(fault.length <= 130, `${fault.length}`)
  test.end()
})
