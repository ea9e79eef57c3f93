import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { html } from './html.ts'
import { human } from './human.ts'
import { json } from './json.ts'
import { junit } from './junit.ts'
import { line } from './line.ts'
import { markdown } from './markdown.ts'
import type { Format } from './report.ts'
import { sarif } from './sarif.ts'

/** Every format by its name, in the order in which help lists them. */
export const formats = { human, line, json, sarif, junit, github, gitlab, markdown, html } as const satisfies Readonly<
  Record<string, Format>
>

export type FormatName = keyof typeof formats
