import type { CST } from 'yaml'

/**
 * Where the content of a token ends, in UTF-16 code units: comments and blank lines behind it do not count, unless a text block keeps
 * them. Undefined for a token without content.
 */
export function endOfToken(token: CST.Token | null | undefined): number | undefined {
  if (!token) return undefined
  switch (token.type) {
    case 'block-scalar':
      return endOfTextBlock(token)
    case 'flow-collection': {
      const close = closeOf(token)
      return close === undefined ? undefined : close.offset + close.source.length
    }
    case 'block-map':
    case 'block-seq':
      return token.items.reduceRight<number | undefined>((end, item) => end ?? endOfItem(item), undefined)
    case 'document':
      return endOfToken(token.value)
    default:
      return token.offset + token.source.length
  }
}

/** Where the content of an item of a collection ends. */
export function endOfItem({ start, key, sep = [], value }: CST.CollectionItem): number | undefined {
  const end = endOfToken(value)
  if (end !== undefined) return end
  const ends = [...start, ...sep]
    .filter(({ type }) => type !== 'space' && type !== 'newline' && type !== 'comment')
    .map(({ offset, source }) => offset + source.length)
  const keyEnd = endOfToken(key)
  if (keyEnd !== undefined) ends.push(keyEnd)
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** The brace or bracket that closes a flow collection. */
export function closeOf({ end }: CST.FlowCollection): CST.SourceToken | undefined {
  return end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')
}

/** With `+` the blank lines at the end are part of the text. */
function endOfTextBlock({ offset, props, source }: CST.BlockScalar): number {
  const begins = props.map((prop) => ('source' in prop ? prop.offset + prop.source.length : prop.offset))
  const begin = Math.max(offset, ...begins)
  const keeps = props.some((prop) => prop.type === 'block-scalar-header' && prop.source.includes('+'))
  const blank = keeps ? null : /(\r?\n)\s*$/.exec(source)
  return begin + (blank === null ? source.length : blank.index + (blank[1] ?? '').length)
}
