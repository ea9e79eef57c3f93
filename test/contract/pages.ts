import { filesBelow, textOf } from './tree.ts'

/** A page of markdown below `docs/policies`, cut at its second-level headings. */
export interface Page {
  file: string
  sections: ReadonlyMap<string, string>
}

export interface Block {
  language: string
  text: string
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

export function pageOf(id: string): Page {
  const file = `docs/policies/${id}.md`
  const [, ...parts] = textOf(file).split(/^## /m)
  const sections = parts.map((part): [string, string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end).trim(), part.slice(end + 1)]
  })
  return { file, sections: new Map(sections) }
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

export const markdownFiles: readonly string[] = filesBelow('.').filter((file) => file.endsWith('.md'))
