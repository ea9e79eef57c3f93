import { filesBelow, textOf } from './tree.ts'

/** A page of markdown below `docs/policies`, cut at its second-level headings. */
export interface Page {
  file: string
  /** What comes before the first heading. */
  head: string
  sections: ReadonlyMap<string, string>
}

export interface Block {
  language: string
  text: string
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

export function pageOf(id: string): Page {
  const file = `docs/policies/${id}.md`
  const [head = '', ...parts] = textOf(file).split(/^## /m)
  const sections = parts.map((part): [string, string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end).trim(), part.slice(end + 1)]
  })
  return { file, head, sections: new Map(sections) }
}

/** The section, or an empty one. */
export function section({ sections }: Page, name: string): string {
  return sections.get(name) ?? ''
}

export function blocksIn(markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map(([, language = '', text = '']) => ({ language, text }))
}

/** The first block of a language, or undefined. */
export function blockIn(markdown: string, language: string): string | undefined {
  return blocksIn(markdown).find((block) => block.language === language)?.text
}

/** The rows of the first table, heading included, cell by cell. */
export function tableIn(markdown: string): string[][] {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => line.startsWith('|'))
  if (start < 0) return []
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  const rows = lines.slice(start, length < 0 ? undefined : start + length)
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
  return cells.filter((row) => !row.every((cell) => /^-+$/.test(cell)))
}

/** What stands in backticks outside of blocks, in its order. */
export function codeIn(markdown: string): string[] {
  return [...markdown.replaceAll(fence, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

export const markdownFiles: readonly string[] = filesBelow('.').filter((file) => file.endsWith('.md'))
