import { execFile } from 'node:child_process'
import { posix } from 'node:path'
import { promisify } from 'node:util'
import type { Manifest } from '../../manifests/read.ts'
import type { Incomplete } from '../../report/report.ts'

/** A folder that a tool makes manifests of. */
export interface Renderable {
  tool: 'helm' | 'kubectl'
  folder: string
}

/** What a tool made of a folder. */
export interface Rendered {
  file: string
  text: string
  /** The source of an object: the template that Helm names, else the file that stands for the folder. */
  fileOf: (manifest: Manifest) => string
}

const run = promisify(execFile)
const timeoutMs = 60_000
const largestOutput = 64 * 1024 * 1024

/** Runs the tool, which has to be installed. Never throws: a tool that fails makes the answer incomplete. */
export async function renderSource({ tool, folder }: Renderable, cwd: string): Promise<Rendered | Incomplete> {
  const file = posix.join(folder, tool === 'helm' ? 'Chart.yaml' : 'kustomization.yaml')
  // A folder that begins with a dash would be read as a flag.
  const path = folder.startsWith('-') ? `./${folder}` : folder
  const args = tool === 'helm' ? ['template', path] : ['kustomize', path]
  try {
    const { stdout } = await run(tool, args, { cwd, timeout: timeoutMs, maxBuffer: largestOutput })
    return { file, text: stdout, fileOf: tool === 'helm' ? sourceIn(stdout, folder, file) : () => file }
  } catch (error) {
    return { file, problem: `${tool} ${args.join(' ')}: ${reasonOf(error)}` }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ENOENT') return 'is not installed'
  const stderr = 'stderr' in error ? String(error.stderr) : ''
  return stderr.trim().split('\n').at(-1)?.slice(0, 200) || error.message.slice(0, 200)
}

/** Helm writes `# Source: <chart>/templates/web.yaml` above the objects of each template. */
function sourceIn(text: string, folder: string, file: string): Rendered['fileOf'] {
  const sources = Array.from(text.matchAll(/^# Source: [^/\n]+\/(.+)$/gm), ({ index, 1: path = '' }) => ({
    index,
    path
  }))
  return (manifest) => {
    const { offset } = manifest.locate('')
    const source = sources.findLast(({ index }) => index <= offset)
    return source === undefined ? file : posix.join(folder, source.path)
  }
}
