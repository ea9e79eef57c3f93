/** A line of a Dockerfile: the instruction in capitals, and what follows it. */
export interface Instruction {
  name: string
  rest: string
}

export interface Copy {
  /** The stage that it comes from; undefined: the build context. */
  from: string | undefined
  sources: readonly string[]
  target: string
}

export interface Stage {
  name: string | undefined
  base: string
  instructions: readonly Instruction[]
}

const known = new Set(['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'LABEL', 'ENV', 'USER', 'EXPOSE', 'ENTRYPOINT'])
const continued = /\\\n\s*/g
const pair = /([\w.]+)=(?:"([^"]*)"|(\S*))/g

/** Throws for what it does not know: what is not understood is not proven. */
function toInstructions(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(continued, ' ')
    .split('\n')
  return lines.flatMap((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? []
    if (line.trim() !== '' && !known.has(name)) throw new Error(`Dockerfile: cannot read ${JSON.stringify(line)}`)
    return name === '' ? [] : [{ name, rest }]
  })
}

/** The stages, in their order. What is said before the first is left out: it is for the bases alone. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = []
  for (const instruction of toInstructions(text)) {
    if (instruction.name !== 'FROM') stages.at(-1)?.instructions.push(instruction)
    else {
      const [base = '', as, name] = instruction.rest.split(/\s+/)
      stages.push({ base, name: as === undefined ? undefined : name, instructions: [] })
    }
  }
  return stages
}

/** `NAME=value "NAME=with spaces"` of ENV and LABEL. */
function pairsIn(rest: string): readonly (readonly [string, string])[] {
  return [...rest.matchAll(pair)].map(([, key = '', quoted, plain = '']) => [key, quoted ?? plain] as const)
}

export function pairsOf({ instructions }: Stage, name: 'ENV' | 'LABEL'): Readonly<Record<string, string>> {
  return Object.fromEntries(instructions.filter((one) => one.name === name).flatMap(({ rest }) => pairsIn(rest)))
}

/** What the last instruction of this name says; throws where there is none. */
export function lastOf({ instructions }: Stage, name: string): string {
  const found = instructions.findLast((instruction) => instruction.name === name)
  if (found === undefined) throw new Error(`Dockerfile: no ${name}`)
  return found.rest
}

/** Of COPY. Other flags than `--from` are not known. */
export function parseCopy(rest: string): Copy {
  const words = rest.split(/\s+/)
  const flags = words.filter((word) => word.startsWith('--'))
  const paths = words.filter((word) => !word.startsWith('--'))
  const target = paths.pop()
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length)
  if (target === undefined || paths.length === 0 || flags.length > (from === undefined ? 0 : 1))
    throw new Error(`Dockerfile: cannot read COPY ${rest}`)
  return { from, sources: paths, target }
}
