import t, { type Test } from 'tap'
import { profileNames } from '../../src/engine/api.ts'
import { commonParameters, type Parameter, type Parameters, type Policy } from '../../src/engine/policy.ts'
import { policies } from '../../src/policies/index.ts'
import { codeIn, pageOf, section, tableIn } from './pages.ts'
import { filesBelow, textOf } from './tree.ts'

const ids = policies.map(({ id }) => id)
const sections = [
  'Why',
  'Profiles',
  'Applies to',
  'Parameters',
  'What is injected',
  'Rejected',
  'Accepted',
  'Near misses',
  'Unknown facts',
  'Exemption',
  'Sources'
]

function camel(id: string): string {
  return id.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The ids that the files of a folder are named for. */
function named(folder: string, ending: string, others: readonly string[] = []): string[] {
  return filesBelow(folder)
    .filter((file) => !others.includes(file))
    .map((file) => file.slice(folder.length + 1, -ending.length))
    .toSorted()
}

function rowOf(name: string, parameter: Parameter): string[] {
  const choice = parameter.type === 'choice'
  const values = choice
    ? parameter.choices.map((value) => `\`${value}\``).join(' ')
    : `${parameter.minimum} to ${parameter.maximum}`
  const value = (profile: (typeof profileNames)[number]): string =>
    String(parameter.profiles?.[profile] ?? parameter.default)
  return [`\`${name}\``, values, ...profileNames.map(value), parameter.description]
}

function rowsOf(parameters: Parameters, prefix = ''): string[][] {
  return Object.entries(parameters).map(([name, parameter]) => rowOf(`${prefix}${name}`, parameter))
}

function checkParameters(test: Test, { parameters }: Policy, text: string): void {
  const own = rowsOf(parameters)
  const common = rowsOf(commonParameters, 'common.').filter(([name = '']) => codeIn(text).includes(name.slice(1, -1)))
  const rows = [...own, ...common]
  if (rows.length === 0) test.match(text.trim(), /^None\./)
  else test.strictSame(tableIn(text), [['name', 'values', ...profileNames, 'meaning'], ...rows])
}

function checkPage(test: Test, policy: Policy): void {
  const page = pageOf(policy.id)
  test.equal(page.head.trim(), `# \`${policy.id}\`\n\n${policy.title}.`)
  test.strictSame([...page.sections.keys()], sections)
  const levels = profileNames.map((name) => policy.profiles[name])
  test.strictSame(tableIn(section(page, 'Profiles')), [[...profileNames], levels])
  if (policy.atMost !== undefined) test.match(section(page, 'Profiles'), 'never required')
  const [kinds = ''] = section(page, 'Applies to').trim().split('\n')
  test.strictSame(codeIn(kinds), policy.appliesTo)
  checkParameters(test, policy, section(page, 'Parameters'))
  const injected = section(page, 'What is injected').trim()
  if (policy.injects.length === 0) test.match(injected, /^Nothing\./)
  for (const place of policy.injects) test.ok(codeIn(injected).includes(place), `it says that ${place} is injected`)
  test.equal(policy.remedy === undefined, policy.injects.length === 0, 'a remedy declares what it injects')
  const annotation = `holdfast.dev/exempt.${policy.id}: `
  test.ok(section(page, 'Exemption').includes(annotation), 'it shows its exemption')
}

void t.test('every policy has a file, a test and a page named by its id, and there are no others', (test) => {
  const all = ids.toSorted()
  test.strictSame(named('src/policies', '.ts', ['src/policies/index.ts']), all)
  test.strictSame(named('test/policies', '.test.ts'), all)
  test.strictSame(named('docs/policies', '.md', ['docs/policies/README.md']), all)
  test.end()
})

void t.test('its file exports it alone, by its id', async (test) => {
  for (const policy of policies) {
    const module: unknown = await import(`../../src/policies/${policy.id}.ts`)
    test.strictSame(Object.entries(module ?? {}), [[camel(policy.id), policy]])
    test.match(textOf(`test/policies/${policy.id}.test.ts`), `checkPolicy(${camel(policy.id)}, {`)
  }
})

void t.test('a remedy needs places that a container is told by name in', (test) => {
  const places = policies.flatMap(({ injects }) => injects)
  test.not(places.length, 0)
  for (const place of places) test.match(place, /^(?:containers\[\*\]\.)?[a-zA-Z]+(?:\.[a-zA-Z]+)*$/)
  test.end()
})

for (const policy of policies) {
  void t.test(`the page of ${policy.id} says what is declared`, (test) => {
    checkPage(test, policy)
    test.end()
  })
}

void t.test('the list of pages has every policy, in the order in which they run', (test) => {
  const [, ...rows] = tableIn(textOf('docs/policies/README.md'))
  const wanted = policies.map(({ id, title, profiles, injects }) => [
    `[\`${id}\`](${id}.md)`,
    title,
    ...profileNames.map((name) => profiles[name]),
    injects.length === 0 ? 'no' : 'yes'
  ])
  test.strictSame(rows, wanted)
  test.end()
})
