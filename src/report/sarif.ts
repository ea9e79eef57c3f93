import { oneLine } from '../engine/text.ts'
import { fingerprintsOf } from './fingerprint.ts'
import { toJsonText } from './json.ts'
import type { Format, FormatOptions, Incomplete, Insertion, Location, Report, Result, Suppression } from './report.ts'
import { suppressionText } from './result-text.ts'

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** Of the recipe of `partialFingerprints`: another recipe gets another name. */
const fingerprintName = 'holdfast/v1'
const levels = { required: 'error', advised: 'warning', unknown: 'note' } as const

/**
 * SARIF 2.1.0 (OASIS, section numbers below). Results that do not count are in it with their suppressions. GitHub shows them as open
 * alerts all the same (github/codeql-action#1230); `withoutSuppressed` leaves them out.
 */
export const sarif: Format = (report, options) => {
  const rules = [...new Set(report.results.map(({ policy }) => policy))].toSorted()
  const indices = new Map(rules.map((id, index) => [id, index]))
  const fingerprints = fingerprintsOf(report.results)
  return toJsonText({
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Holdfast',
            semanticVersion: report.version,
            rules: rules.map((id) => ruleOf(id, options))
          }
        },
        // What tells this run from those of other tools and commands in the same repository.
        automationDetails: { id: `holdfast/${report.command}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [invocationOf(report)],
        results: report.results.map((result, index) => ({
          ruleId: result.policy,
          ruleIndex: indices.get(result.policy),
          level: levels[result.severity],
          message: messageOf(result.text),
          locations: [locationOf(result)],
          // A reader combines it with the path of the file.
          partialFingerprints: { [fingerprintName]: fingerprints[index] },
          // An empty list says that it counts; without one that would be open (3.27.23).
          suppressions: result.suppressed === undefined ? [] : [suppressionOf(result.suppressed)],
          ...fixesOf(result)
        }))
      }
    ]
  })
}

function ruleOf(id: string, { title, page }: FormatOptions) {
  const description = title?.(id) ?? id
  const uri = page?.(id)
  return {
    id,
    shortDescription: messageOf(description),
    fullDescription: messageOf(description),
    help: {
      text: plain(`${description}. "holdfast explain ${id}" prints the page of the policy.`),
      markdown: plain(`${description}. \`holdfast explain ${id}\` prints the page of the policy.`)
    },
    ...(uri === undefined || !URL.canParse(uri) ? {} : { helpUri: uri }),
    properties: { tags: ['availability', 'kubernetes'] }
  }
}

function invocationOf({ incomplete }: Report) {
  return {
    executionSuccessful: incomplete.length === 0,
    toolExecutionNotifications: incomplete.map((one) => ({
      level: 'error',
      message: messageOf(one.problem),
      ...placeOf(one)
    }))
  }
}

function placeOf({ file, line }: Incomplete) {
  if (file === '') return {}
  const region = line === undefined ? {} : { region: { startLine: line } }
  return { locations: [{ physicalLocation: { artifactLocation: artifactOf(file), ...region } }] }
}

function locationOf({ object, container, field, location }: Result) {
  const { apiVersion, kind, namespace, name } = object
  const parts = [apiVersion, kind, namespace, name, container].filter((part) => part !== '').map(oneLine)
  const logical = { fullyQualifiedName: `${parts.join('/')}/${oneLine(field)}`, name: oneLine(field), kind: 'property' }
  if (location === undefined) return { logicalLocations: [logical] }
  return {
    physicalLocation: { artifactLocation: artifactOf(location.file), region: regionOf(location) },
    logicalLocations: [logical]
  }
}

function regionOf({ line, column, endLine, endColumn }: Location) {
  return { startLine: line, startColumn: column, endLine, endColumn }
}

/** Relative to the root of the sources, if it is below the working directory. */
function artifactOf(file: string) {
  return file.startsWith('/') ? { uri: `file://${toUri(file)}` } : { uri: toUri(file), uriBaseId: '%SRCROOT%' }
}

/** A path as a URI reference. What stands before a colon would be a scheme. */
function toUri(file: string): string {
  const encoded = file.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return encoded === '' ? '.' : encoded
}

/**
 * A text without placeholders or links: what users wrote must not become one (3.11.5, 3.11.6). Other braces stay single, although
 * the standard doubles them: a message without arguments is shown as it is, and a fix has to be copied from it.
 */
function messageOf(text: string) {
  return { text: plain(text) }
}

function plain(text: string): string {
  return oneLine(text)
    .replaceAll(/\{(\d+)\}/g, '{{$1}}')
    .replaceAll('](', '\\](')
}

function suppressionOf(suppression: Suppression) {
  return { kind: 'external', status: 'accepted', justification: suppressionText(suppression) }
}

/** One fix per result, with all that it inserts. */
function fixesOf({ insertions = [] }: Result) {
  if (insertions.length === 0) return {}
  const files = Map.groupBy(insertions, ({ file }) => file)
  const artifactChanges = [...files].map(([file, inserted]) => ({
    artifactLocation: artifactOf(file),
    replacements: Map.groupBy(inserted, ({ offset }) => offset)
      .values()
      .map(replacementOf)
      .toArray()
  }))
  return { fixes: [{ description: { text: 'Insert what holdfast fix would write' }, artifactChanges }] }
}

/** An empty region is the place where text is inserted (3.57.3). In which order a reader would insert two texts in one place, nothing says. */
function replacementOf(inserted: readonly Insertion[]) {
  const { line, column } = inserted[0] ?? start
  return {
    deletedRegion: { startLine: line, startColumn: column, endLine: line, endColumn: column },
    insertedContent: { text: inserted.map(({ text }) => text).join('') }
  }
}

const start = { line: 1, column: 1 }
