const fence = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm

/** The commands of a page in the order in which it has them: those of its `sh` blocks, and those after `$ ` in its sessions. */
export function commandsIn(page: string): readonly string[] {
  return [...page.matchAll(fence)].flatMap(([, indent = '', language, text = '']) => {
    const lines = text.split('\n').map((line) => line.slice(indent.length))
    if (language === 'sh') return joined(lines)
    return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
  })
}

/** One text for each command, also where it takes several lines. */
function joined(lines: readonly string[]): readonly string[] {
  const commands: string[] = []
  let open = ''
  for (const line of lines) {
    open += open === '' ? line : `\n${line}`
    if (goesOn(open)) continue
    const command = open.replace(/ +# [^'"]*$/, '').trim()
    if (command !== '') commands.push(command)
    open = ''
  }
  return commands
}

/** Whether a command is not whole yet: an open quote, an open loop, or a last line that ends in a backslash, a pipe or `&&`. */
function goesOn(text: string): boolean {
  const isQuoted = (text.match(/'/g)?.length ?? 0) % 2 === 1
  const loops = (text.match(/\bdo$/gm)?.length ?? 0) - (text.match(/^done\b/gm)?.length ?? 0)
  return isQuoted || loops > 0 || /(?:\\|\||&&)$/.test(text)
}
