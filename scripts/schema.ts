// Writes what is declared in one place and read in others: the JSON Schemas of the configuration, of reports and of the chart's values, the
// tables of their pages, and what the pages of policies have from their declarations. With --check it writes nothing and fails where
// they differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { buildLookSchema } from '../src/config/look-schema.ts'
import { buildConfigSchema } from '../src/config/schema.ts'
import { toJsonSchema } from '../src/config/settings.ts'
import { policies } from '../src/policies/index.ts'
import { reportJsonSchema } from '../src/report/schema.ts'
import { valuesSchema } from './chart-values.ts'
import { valuesTable } from './schema/chart.ts'
import { configurationParts } from './schema/configuration.ts'
import { toJson } from './schema/json.ts'
import { withParts } from './schema/markdown.ts'
import { type Counts, listParts, pageParts } from './schema/policies.ts'

const check = process.argv.includes('--check')
for (const [file, text] of written()) {
  if (current(file) === text) continue
  if (check) {
    console.error(`${file} differs from the schema; npm run schema writes it`)
    process.exitCode = 1
  } else {
    writeFileSync(file, text)
  }
}

/** Every file and what it should hold. */
function written(): readonly (readonly [string, string])[] {
  const schema = toJsonSchema(buildConfigSchema(policies))
  const chartSchema = valuesSchema(schema)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of ours
  const counts = JSON.parse(read('docs/policy-counts.json')) as Counts
  const chartDefaults: unknown = parse(read('deploy/chart/values.yaml'))
  return [
    ['docs/config.schema.json', toJson({ title: 'Configuration of Holdfast', ...schema })],
    ['docs/lint.schema.json', toJson({ title: '.holdfast.yaml', ...toJsonSchema(buildLookSchema(policies)) })],
    ['docs/report.schema.json', toJson(reportJsonSchema())],
    page('docs/configuration.md', configurationParts(schema, policies)),
    ['deploy/chart/values.schema.json', toJson(chartSchema)],
    page('deploy/chart/README.md', { values: valuesTable(chartSchema, chartDefaults) }),
    page('docs/policies/README.md', listParts(policies, counts)),
    ...policies.map((policy) => {
      const file = `docs/policies/${policy.id}.md`
      return page(file, pageParts(policy, read(file)))
    })
  ]
}

function page(file: string, parts: Readonly<Record<string, string>>): readonly [string, string] {
  return [file, withParts(file, read(file), parts)]
}

function read(file: string): string {
  return readFileSync(file, 'utf8')
}

function current(file: string): string {
  try {
    return read(file)
  } catch {
    return '' // not there yet, so it differs
  }
}
