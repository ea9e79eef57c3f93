import t from 'tap'
import type { Context, Parameters } from '../../src/engine/policy.ts'
import { unknown } from '../../src/inventory/fact.ts'
import { buildLoneFactSource } from '../../src/inventory/fact-source.ts'
import { factNames, facts, sourcesOf } from '../../src/inventory/facts/index.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { sources } from '../../src/inventory/source.ts'
import { parseBudget } from '../../src/kube/budget.ts'
import type { Subject } from '../../src/kube/kinds.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { apiServiceOf, sourceOf } from '../support/inventory.ts'
import { budgetJson, workloadJson } from './objects.ts'

const subjects: Readonly<Record<'workload' | 'budget', Subject>> = {
  workload: parseWorkload('Deployment', workloadJson('web')),
  budget: parseBudget(budgetJson('web', {}))
}

for (const subjectClass of ['workload', 'budget'] as const) {
  void t.test(
    `a fact around a ${subjectClass} is unknown while one of its sources is not ready, and only then`,
    (test) => {
      const inventory = new Inventory()
      inventory.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
      inventory.add(apiServiceOf('apps', 'v1'))
      for (const source of sources) {
        const readiness = wholeBut({ [source]: `the ${source} are not in the files` })
        const around = sourceOf(inventory, { readiness }).factsFor(subjects[subjectClass])
        for (const name of factNames) {
          const provider = facts[name][subjectClass]
          if (provider === undefined)
            test.strictSame(around[name], unknown(`not looked up for a ${subjectClass}`), name)
          else if (provider.asLastKnown !== true && provider.from.includes(source))
            test.strictSame(around[name], unknown(`the ${source} are not in the files`), `${name} without ${source}`)
          else test.ok(around[name].known, `${name} without ${source}`)
        }
      }
      test.end()
    }
  )
}

void t.test('every source is what some fact is taken from', (test) => {
  test.strictSame([...sourcesOf(factNames)].toSorted(), sources.toSorted())
  test.strictSame([...sourcesOf(['services', 'serverVersion'])], ['services'])
  test.strictSame([...sourcesOf(['companion'])], ['namespaces'], 'also where it is told as last known')
  test.end()
})

void t.test('a policy reads the facts that it needs, and the compiler knows no others', (test) => {
  type Seen = Pick<Context<'Deployment', 'services', Parameters>, 'facts'>
  const needed = ({ facts: { services } }: Seen) => services
  // @ts-expect-error -- `budgets` is not among the needs
  const notNeeded = ({ facts: { budgets } }: Seen) => budgets
  const { services, budgets } = sourceOf(new Inventory()).factsFor(subjects.workload)
  const seen = { facts: { services, budgets } }
  test.strictSame(needed(seen), services)
  test.strictSame(notNeeded(seen), budgets)
  test.end()
})

void t.test('every fact is found for some subject', (test) => {
  for (const name of factNames) test.not(Object.keys(facts[name]).length, 0, name)
  test.end()
})

void t.test('a source without a cluster knows nothing but the server version, where that is given', (test) => {
  const source = buildLoneFactSource()
  const uncached = { known: false, why: 'no cluster cache' }
  const { serverVersion: unsaid, ...others } = source.factsFor(subjects.workload)
  test.strictSame(unsaid, { known: false, why: 'the API server has not said its version' })
  for (const [name, fact] of Object.entries(others)) test.strictSame(fact, uncached, name)
  test.strictSame(source.namespaceLabels('shop'), uncached)
  const version = { known: true, value: { major: 1, minor: 33 } }
  const told = buildLoneFactSource({ major: 1, minor: 33 })
  test.strictSame(told.factsFor(subjects.workload).serverVersion, version)
  test.end()
})
