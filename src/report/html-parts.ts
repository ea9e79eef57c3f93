import { oneLine } from '../engine/text.ts'

/** Text as HTML shows it: what any user wrote becomes neither markup nor an attribute, nor a control character. */
export function escaped(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

/** An element of a text. The class is ours. */
export function element(tag: string, className: string, text: string): string {
  return `<${tag} class="${className}">${escaped(text)}</${tag}>`
}

/** A part of the page under a heading. Its content is HTML, in pieces. */
export function* section(id: string, heading: string, content: Iterable<string>): Generator<string, void> {
  yield `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(heading)}</h2>\n`
  for (const piece of content) yield `${piece}\n`
  yield '</section>\n'
}

/** Something that opens. Both are HTML. */
export function details(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>${content}</details>`
}

/** A table that scrolls by itself, also by keyboard, if it is too wide, in pieces. Its cells are HTML; the first of a row is its head. */
export function* table(
  heads: readonly string[],
  rows: Iterable<readonly string[]>,
  { className = '', label = heads[0] ?? '' } = {}
): Generator<string, void> {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')
  yield `<div class="wide" tabindex="0" role="group" aria-label="${escaped(label)}"><table class="${className}"><thead><tr>${head}</tr></thead><tbody>`
  for (const [first = '', ...cells] of rows) {
    yield `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  }
  yield '</tbody></table></div>'
}
