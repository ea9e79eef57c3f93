const lineWidth = 120
/** A key, or none, and a list that holds texts, numbers and the like alone. */
const plainList = /^.*\[\n(?: *(?:"(?:[^"\\]|\\.)*"|[\w.+-]+),?\n)+ *\],?$/gm

/** The same around a single list that stands on one line. */
const listOfOne = /^.*\[\n *\[[^\n]*\]\n *\],?$/gm

/** JSON as the formatter has it: a list of plain values stands on one line where it fits, and so does a list of one such list. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replaceAll(plainList, onOneLine).replaceAll(listOfOne, onOneLine)}\n`
}

function onOneLine(list: string): string {
  const line = list
    .replace(/\[\n */, '[')
    .replace(/\n *\]/, ']')
    .replaceAll(/\n */g, ' ')
  return line.length <= lineWidth ? line : list
}
