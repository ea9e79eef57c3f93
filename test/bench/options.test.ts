import t from 'tap'
import { parseOptions, usage } from '../../bench/options.ts'

function parse(line: string) {
  return parseOptions(line.split(' '))
}

void t.test('without arguments the webhook is measured', (test) => {
  test.match(parseOptions([]), { target: 'webhook', network: 'loopback', smoke: false, seconds: 3, rounds: 5 })
  test.end()
})

void t.test('a soak takes ten minutes for each server, unless told otherwise', (test) => {
  test.match(parse('soak'), { target: 'soak', minutes: 10, smoke: false })
  test.match(parse('soak --minutes 1'), { target: 'soak', minutes: 1 })
  test.match(parse('soak --minutes=60'), { target: 'soak', minutes: 60 })
  test.end()
})

void t.test('smoke is one short round, whatever else is asked for', (test) => {
  test.match(parse('--smoke --seconds 60 --rounds 50'), { smoke: true, seconds: 1, rounds: 1, warmUpSeconds: 0 })
  test.match(parse('soak --smoke --minutes 60'), { target: 'soak', smoke: true, minutes: 1 })
  test.end()
})

void t.test('help goes before all other flags, and names every target', (test) => {
  for (const line of ['--help', '-h', 'soak --minutes 0 --help']) test.equal(parse(line), undefined)
  for (const target of ['lint', 'scan', 'peers', 'soak']) test.match(usage, target)
  test.end()
})

const rejected: Readonly<Record<string, string>> = {
  'soak --minutes 0': '--minutes: 0 is not a whole number from 1 to 60',
  'soak --minutes 61': '--minutes: 61 is not a whole number from 1 to 60',
  'soak --minutes 1.5': '--minutes: 1.5 is not a whole number from 1 to 60',
  'soak --minutes ten': '--minutes: ten is not a whole number from 1 to 60',
  'soak --network veth': '--network: applies only to the benchmark of the webhook',
  'soak --json figures.json': '--json: applies only to the benchmark of the webhook',
  'soak lint': 'soak lint: not lint, scan, peers or soak',
  soaked: 'soaked: not lint, scan, peers or soak'
}

for (const [line, message] of Object.entries(rejected)) {
  void t.test(`it is refused: ${line}`, (test) => {
    test.throws(() => parse(line), { message })
    test.end()
  })
}
