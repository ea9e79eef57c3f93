import t from 'tap'
import { cases } from './cases.ts'
import { parseOptions, usage, UsageError } from './options.ts'
import { plan } from './plan.ts'
import { settings } from './settings.ts'

function parse(line: string) {
  return parseOptions(line.split(' '))
}

function problemsOf(line: string): readonly string[] {
  try {
    parse(line)
    return []
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return error.message.split('\n')
  }
}

void t.test('without a flag all of it is done, five times', (test) => {
  const options = { short: false, settings: false, repetitions: 5, only: [], json: undefined, install: false }
  test.strictSame(parseOptions([]), { ...options, parts: ['cases', 'own', 'crash'] })
  test.end()
})

void t.test('flags choose what is done', (test) => {
  test.match(parse('--short --install'), { parts: ['cases', 'crash'], short: true, repetitions: 1, install: true })
  test.match(parse('--own --json figures.json'), { parts: ['own'], json: 'figures.json' })
  test.match(parse('--case scale-in --case liveness --repetitions=50'), {
    parts: ['cases'],
    only: ['scale-in', 'liveness'],
    repetitions: 50
  })
  test.match(parse('--settings --case sleep-1'), { parts: ['cases'], settings: true, only: ['sleep-1'] })
  test.end()
})

void t.test('help is given whatever else is there, and names every case', (test) => {
  for (const line of ['--help', '-h', '--what --help']) test.equal(parse(line), undefined)
  for (const { id } of [...cases, ...settings]) test.match(usage, id)
  test.end()
})

const rejected: Readonly<Record<string, readonly string[]>> = {
  '--fast': ['--fast: there is no such flag'],
  '-x': ['-x: there is no such flag'],
  'restart-slow': ['restart-slow: only flags are expected'],
  '--short=yes': ['--short: takes no value'],
  '--json=': ['--json: needs a value'],
  '--json --short': ['--json: needs a value'],
  '--case': ['--case: needs a value'],
  '--repetitions 0': ['--repetitions: 0 is not from 1 to 50'],
  '--repetitions 51': ['--repetitions: 51 is not from 1 to 50'],
  '--repetitions 1e1': ['--repetitions: 1e1 is not from 1 to 50'],
  '--case sleep-1': ['--case: sleep-1 is one of --settings'],
  '--settings --case restart-slow': ['--case: restart-slow is not one of --settings'],
  '--settings --case what': [`--case: there is no what; there are ${settings.map(({ id }) => id).join(', ')}`],
  '--short --settings': ['--short and --settings exclude each other'],
  '--short --repetitions 3': ['--short and --repetitions exclude each other'],
  '--own --case scale-in': ['--own and --case exclude each other'],
  '--own --settings': ['--own and --settings exclude each other'],
  '--own --short': ['--own and --short exclude each other'],
  '--own --repetitions 2': ['--own and --repetitions exclude each other'],
  '--fast --repetitions 0 --case sleep-1': [
    '--fast: there is no such flag',
    '--case: sleep-1 is one of --settings',
    '--repetitions: 0 is not from 1 to 50'
  ]
}

for (const [line, problems] of Object.entries(rejected)) {
  void t.test(`rejects ${line}`, (test) => {
    test.strictSame(problemsOf(line), problems)
    test.end()
  })
}

void t.test('a plan of nothing is refused', (test) => {
  const wanted = { settings: true, short: false, repetitions: 1, only: ['restart-slow'] }
  test.throws(() => plan(wanted), { message: 'nothing is there to be measured' })
  test.end()
})
