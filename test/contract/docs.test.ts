import t, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { profileNames } from '../../src/engine/api.ts'
import manifest from '../../package.json' with { type: 'json' }
import { evaluate } from '../../src/engine/evaluate.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { type Finding, findingText } from '../../src/engine/finding.ts'
import type { Policy } from '../../src/engine/policy.ts'
import { buildRuleset } from '../../src/engine/ruleset.ts'
import { policies } from '../../src/policies/index.ts'
import { nothingKnown } from '../support/facts.ts'
import { factsAround } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { type JsonMap } from '../support/workloads.ts'
import { blockIn, blocksIn, markdownFiles, pageOf, section } from './pages.ts'
import { besides, filesBelow, textOf } from './tree.ts'

const pages = markdownFiles.filter((file) => !file.startsWith('test/'))

/** What the API server reads, and we do not. */
const routed = ['mode', 'profile', 'profile-version', 'inject']

/** Headings as GitHub makes anchors of them. */
function requiredLabelsOf(file: string): string[] {
  const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-')
  )
}

function brokenLinks(file: string): string[] {
  const there = new Set(filesBelow('.'))
  const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [name = '', anchor] = link.split('#')
    const target = name === '' ? file : besides(file, name)
    const isFolder = [...there].some((path) => path.startsWith(`${target.replace(/\/$/, '')}/`))
    if (!there.has(target) && !isFolder) return true
    return anchor !== undefined && !(there.has(target) && requiredLabelsOf(target).includes(anchor))
  })
}

function knownKeys(): Set<string> {
  const sources = filesBelow('src').filter((file) => file.endsWith('.ts'))
  const keys = sources.flatMap((file) => [...textOf(file).matchAll(/holdfast\.dev\/([a-z-]+)/g)])
  return new Set([...keys.map(([, key = '']) => key), ...routed])
}

function unknownKeys(file: string, known: ReadonlySet<string>): string[] {
  const keys = [...textOf(file).matchAll(/(?<![\w.-])holdfast\.dev\/([a-z-]+)(?:\.(<[a-z-]+>|[a-z-]+))?/g)]
  return keys.flatMap(([whole, key = '', id]) => {
    const isPolicy = id === undefined || id === '<policy>' || policies.some((policy) => policy.id === id)
    return known.has(key) && isPolicy ? [] : [whole]
  })
}

/** What is found in the first object of an example; what comes after it is there already. */
function found(policy: Policy, yaml: string, unknown?: Facts): readonly Finding[] {
  const [object, ...others] = parseAllDocuments(yaml).map((document) => document.toJS() as JsonMap)
  if (object === undefined) return []
  const subject = subjectFrom(object)
  const facts = unknown ?? factsAround(subject, others)
  const exemptions = { reasons: new Map<string, string>(), remarks: [] }
  const profile = policy.profiles.standard === 'off' ? 'critical' : 'standard'
  return evaluate(subject, { facts, ruleset: buildRuleset([policy], profile), exemptions }).findings
}

function textsOf(policy: Policy, yaml: string, unknown?: Facts): string[] {
  return found(policy, yaml, unknown).map(findingText)
}

function checkExamples(test: Test, policy: Policy): void {
  const page = pageOf(policy.id)
  const bad = blockIn(section(page, 'Rejected'), 'yaml') ?? ''
  const shown = blockIn(section(page, 'Rejected'), 'text') ?? ''
  test.strictSame(textsOf(policy, bad), shown.trim().split('\n'))
  const good = blockIn(section(page, 'Accepted'), 'yaml') ?? ''
  test.strictSame(textsOf(policy, good), [])
  // What is fine because of what is around it is in doubt where that is not known, and no more.
  const alone = parseAllDocuments(good).length === 1
  const doubts = found(policy, good, nothingKnown).filter(({ severity }) => alone || severity !== 'unknown')
  test.strictSame(doubts, [], 'with nothing known')
  const unknown = section(page, 'Unknown facts')
  const said = blockIn(unknown, 'text')
  if (said === undefined) {
    const isAlone = policy.needs.length === 0
    test.match(unknown.trim(), isAlone ? /^None\./ : /^Holdfast says nothing/, 'whether it needs facts')
    if (!isAlone) test.strictSame(textsOf(policy, bad, nothingKnown), [])
  } else {
    test.strictSame(textsOf(policy, blockIn(unknown, 'yaml') ?? bad, nothingKnown), said.trim().split('\n'))
    test.not(policy.needs.length, 0, 'it needs facts')
  }
}

void t.test('links lead to files that are there', (test) => {
  const broken = pages.flatMap((file) => brokenLinks(file).map((link) => `${file}: ${link}`))
  test.ok(pages.length > 10, `${pages.length} pages are looked at`)
  test.strictSame(broken, [])
  test.end()
})

void t.test('npm knows every script that is named', (test) => {
  const scripts = new Set(Object.keys(manifest.scripts))
  for (const file of pages) {
    const named = [...textOf(file).matchAll(/\bnpm run ([a-z][a-z0-9:-]*)/g)].map(([, script = '']) => script)
    for (const script of named) test.ok(scripts.has(script), `${file}: npm run ${script}`)
  }
  test.end()
})

void t.test('every label and annotation that is named means something', (test) => {
  const known = knownKeys()
  test.ok(known.has('exempt') && known.has('injected'), 'src knows some')
  const unmeant = pages.flatMap((file) => unknownKeys(file, known).map((key) => `${file}: ${key}`))
  test.strictSame(unmeant, [])
  test.end()
})

void t.test('YAML can be read', (test) => {
  for (const file of pages) {
    for (const { text } of blocksIn(textOf(file)).filter(({ language }) => language === 'yaml')) {
      for (const { errors } of parseAllDocuments(text)) test.strictSame(errors, [], file)
    }
  }
  test.end()
})

void t.test('every profile that is named exists', (test) => {
  const named = pages.flatMap((file) => [...textOf(file).matchAll(/holdfast\.dev\/profile[=:] *"?([a-z]+)/g)])
  for (const [, name = ''] of named) test.ok(profileNames.some((profile) => profile === name))
  test.end()
})

for (const policy of policies) {
  void t.test(`the examples of ${policy.id} are judged as they say`, (test) => {
    checkExamples(test, policy)
    test.end()
  })
}
