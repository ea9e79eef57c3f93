import t from 'tap'
import { policies } from '../../src/policies/index.ts'
import { pageOf, section } from './pages.ts'
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
/** Those that people write; npm run schema writes into the others what is declared, and --check holds them to it. */
const prose = ['Why', 'Rejected', 'Accepted', 'Near misses', 'Unknown facts', 'Sources']

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

void t.test('every policy has a file, a test and a page named by its id, and there are no others', (test) => {
  const all = ids.toSorted()
  test.strictSame(named('src/policies', '.ts', ['src/policies/index.ts']), all)
  test.strictSame(named('test/policies', '.test.ts'), all)
  test.strictSame(named('docs/policies', '.md', ['docs/policies/README.md']), all)
  test.end()
})

void t.test('its file exports it by its id; what else it exports is for its own test', async (test) => {
  for (const policy of policies) {
    const module = (await import(`../../src/policies/${policy.id}.ts`)) as Record<string, unknown>
    test.equal(module[camel(policy.id)], policy)
    const exported = Object.values(module).filter((value) => policies.some((one) => one === value))
    test.equal(exported.length, 1, `${policy.id} is the only policy there`)
    test.match(textOf(`test/policies/${policy.id}.test.ts`), `checkPolicy(${camel(policy.id)}, {`)
  }
})

void t.test('a remedy declares what it injects, and nothing else does', (test) => {
  for (const policy of policies) test.equal(policy.remedy === undefined, policy.injects.length === 0, policy.id)
  test.end()
})

void t.test('a remedy needs places that a container is told by name in', (test) => {
  const places = policies.flatMap(({ injects }) => injects)
  test.not(places.length, 0)
  for (const place of places) test.match(place, /^(?:containers\[\*\]\.)?[a-zA-Z]+(?:\.[a-zA-Z]+)*$/)
  test.end()
})

for (const policy of policies) {
  void t.test(`the page of ${policy.id} has its sections, and says what no declaration can`, (test) => {
    const page = pageOf(policy.id)
    test.strictSame([...page.sections.keys()], sections)
    for (const name of prose) test.not(section(page, name).trim(), '', name)
    test.end()
  })
}
