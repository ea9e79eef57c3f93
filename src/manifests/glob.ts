/**
 * Whether a path matches one of the globs: `*` and `?` within a name, `**` over folders, `{a,b}`, `[a-z]`. A glob matches the folder that
 * it names, with all below it. Node's own matching of globs is experimental in the oldest release that the command line runs on.
 */
export function globs(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(toExpression)
  return (path) => expressions.some((expression) => expression.test(path))
}

const piece = /\*\*\/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]/]+\]|[^]/g

function toExpression(glob: string): RegExp {
  const body = glob.replace(/^\.\//, '').replace(/\/(?:\*\*)?$/, '')
  return new RegExp(`^(?:${translate(body)})(?:/|$)`, 'u')
}

function translate(glob: string): string {
  return glob.replaceAll(piece, (token) => {
    if (token === '**/') return '(?:[^/]+/)*'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    if (token.length > 1 && token.startsWith('{'))
      return `(?:${token.slice(1, -1).split(',').map(translate).join('|')})`
    if (token.length > 1 && token.startsWith('[')) return characterClass(token.slice(1, -1))
    return escaped(token)
  })
}

function characterClass(body: string): string {
  const negated = /^[!^]/.test(body)
  const range = (negated ? body.slice(1) : body).replaceAll(/[\\\][^]/g, String.raw`\$&`)
  return `[${negated ? '^/' : ''}${range}]`
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`)
}
