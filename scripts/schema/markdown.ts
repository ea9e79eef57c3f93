export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Writes each part between its two comments in a page. Throws where a page has no place for one. */
export function withParts(file: string, page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, content]) => {
    const { from, to } = placeOf(file, text, name)
    return text.slice(0, from) + content + text.slice(to)
  }, page)
}

/** Leaves out of a page what withParts writes. */
export function withoutParts(page: string): string {
  return page.replaceAll(/^<!-- ([a-z]+): written by npm run schema -->\n[\s\S]*?\n<!-- end of \1 -->$/gm, '')
}

function placeOf(file: string, text: string, name: string): { from: number; to: number } {
  const begin = `<!-- ${name}: written by npm run schema -->\n`
  const start = text.indexOf(begin)
  const to = text.indexOf(`\n<!-- end of ${name} -->`, start)
  if (start < 0 || to < 0) throw new Error(`${file}: the place for ${name} is gone`)
  return { from: start + begin.length, to }
}
