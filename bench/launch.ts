import manifest from '../package.json' with { type: 'json' }

/** How a server is started beside its own arguments. */
export interface Launch {
  environment: Record<string, string>
  nodeFlags: string[]
}

/** What `npm start` builds and runs, and what the image runs. */
export const program = 'dist/holdfast.js'

/** As `npm start` has it: `NAME=value … exec node --flag … dist/holdfast.js …`. */
export function launchOf(script: string): Launch {
  const words = script.split(' ')
  const [node, main] = [words.indexOf('node'), words.indexOf(program)]
  if (node < 0 || main < node) throw new Error(`npm start does not run ${program} with node: ${script}`)
  const assignments = words.slice(0, node).filter((word) => word.includes('='))
  const pairs = assignments.map((word): [string, string] => {
    const [name = '', ...value] = word.split('=')
    return [name, value.join('=')]
  })
  return { environment: Object.fromEntries(pairs), nodeFlags: words.slice(node + 1, main) }
}

export const launch = launchOf(manifest.scripts.start)
