const lineWidth = 120
/** A key, or none, and a list that holds texts, numbers and the like alone. */
const plainList = /^.*\[\n(?: *(?:"(?:[^"\\]|\\.)*"|[\w.+-]+),?\n)+ *\],?$/gm

/** JSON as the formatter has it: a list of plain values stands on one line where it fits. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replaceAll(plainList, (list) => {
    const line = list
      .replace(/\[\n */, '[')
      .replace(/\n *\]/, ']')
      .replaceAll(/\n */g, ' ')
    return line.length <= lineWidth ? line : list
  })}\n`
}
