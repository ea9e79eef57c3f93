import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import draft4 from 'ajv-draft-04'
import formats from 'ajv-formats'
import { SaxesParser } from 'saxes'
import { reportJsonSchema } from '../../src/report/schema.ts'

/** The OASIS schema, from the package that carries it. */
const sarifFile = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')

/** What GitLab checks of each entry, and what its page on Code Quality says that a report needs. */
const gitlabSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', minLength: 1 },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          path: { type: 'string', minLength: 1, pattern: String.raw`^(?!\./)` },
          lines: {
            type: 'object',
            required: ['begin'],
            properties: { begin: { type: 'integer', minimum: 1 } }
          }
        }
      }
    }
  }
}

function errorsOf(validate: ValidateFunction): (document: unknown) => readonly string[] {
  return (document) => {
    validate(document)
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

/** What is wrong with a SARIF document by the schema of OASIS. */
export const sarifErrors = errorsOf(
  formats
    .default(new draft4.default({ strict: false, allErrors: true, unicodeRegExp: false }))
    .compile(JSON.parse(readFileSync(sarifFile, 'utf8')) as object)
)
const ajv = new Ajv2020({ allErrors: true })
export const reportErrors = errorsOf(ajv.compile(reportJsonSchema()))
export const gitlabErrors = errorsOf(ajv.compile(gitlabSchema))

/** An element of XML: its attributes, the text right below it, and what is in it. */
export interface Element {
  name: string
  attributes: Readonly<Record<string, string>>
  text: string
  children: Element[]
}

/** The root of a well-formed XML 1.0 document. Throws for any other. */
export function parseXml(text: string): Element {
  const parser = new SaxesParser()
  const root: Element = { name: '', attributes: {}, text: '', children: [] }
  const open = [root]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes: { ...attributes }, text: '', children: [] }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => void open.pop())
  parser.on('text', (part) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += part
  })
  parser.write(text).close()
  const [first] = root.children
  if (first === undefined) throw new Error('no element')
  return first
}

/** A line that the runner of GitHub takes for a command, as it reads it back (actions/runner, ActionCommand.cs). */
export interface Command {
  name: string
  properties: Readonly<Record<string, string>>
  message: string
}

/** Undefined for a line that is none. */
export function parseCommand(line: string): Command | undefined {
  const [, name, list = '', data = ''] = /^\s*::([^ :]+)(?: ([^]*?))?::([^]*)$/.exec(line) ?? []
  if (name === undefined) return undefined
  const pairs = list.split(',').map((pair): [string, string] => {
    const equals = pair.indexOf('=')
    return [
      pair.slice(0, equals),
      unescaped(
        pair
          .slice(equals + 1)
          .replaceAll('%3A', ':')
          .replaceAll('%2C', ',')
      )
    ]
  })
  return { name, properties: Object.fromEntries(pairs), message: unescaped(data) }
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
