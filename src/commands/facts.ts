import { type Flag, parseFlags, refusePositionals } from '../config/flags.ts'
import { findLookConfig } from '../config/look-config.ts'
import { fileVersion } from '../engine/api.ts'
import { checkPolicies } from '../engine/check-policies.ts'
import { type SavedSource, savedSourceOf } from '../inventory/facts-file.ts'
import { Inventory } from '../inventory/inventory.ts'
import { type ListedKind, type Lister, listedKindsOf } from '../inventory/lister.ts'
import { slim } from '../inventory/slim.ts'
import { kinds } from '../kube/kinds.ts'
import { groupResource } from '../kube/resource-kind.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'
import { policies } from '../policies/index.ts'
import type { RunCommand } from './command.ts'
import { accessIn, liveFlags, namespaceIn, openLive, type OpenLive, reach } from './look/live.ts'
import { configFlags, helpFlag, shownFlags } from './look/look-flags.ts'
import { type Outside, processOutside } from './look/outside.ts'

export const factsFlags: readonly Flag[] = [...liveFlags, ...configFlags, helpFlag]

export const run: RunCommand = ({ args, environment }) => facts(args, processOutside(environment), openLive)

/** Writes what is known of a cluster, and returns the exit code: 3 where something could not be listed. Throws ConfigError. */
export async function facts(args: readonly string[], outside: Outside, open: OpenLive): Promise<number> {
  const flags = parseFlags(args, factsFlags)
  if (flags.values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  refusePositionals(flags)
  checkPolicies(policies)
  const { config } = findLookConfig(policies, flags, outside.cwd)
  const namespace = namespaceIn(flags)
  const live = await open(accessIn(flags, outside.environment))
  try {
    const inventory = new Inventory({ customWorkloads: config.companion.kinds.filter(({ group }) => group !== 'apps') })
    const reached = await reach(live)
    if ('problem' in reached) {
      outside.note(reached.problem)
      return 3
    }
    const { version } = reached
    return await writeFacts({ lister: live.lister(namespace), kinds: savedKindsOf(inventory), version, outside })
  } finally {
    await live.close()
  }
}

function savedKindsOf(inventory: Inventory): readonly ListedKind[] {
  return [...listedKindsOf(inventory), kinds.ReplicaSet, kinds.Pod]
}

interface Saving {
  lister: Lister
  kinds: readonly ListedKind[]
  version: ServerVersion | undefined
  outside: Outside
}

/** One object a line, by kind, namespace and name: two files of one cluster can be compared. Of one kind at a time the lines are in memory. */
async function writeFacts({ lister, kinds: saved, version, outside }: Saving): Promise<number> {
  const { namespace } = lister
  const head = {
    apiVersion: fileVersion,
    kind: 'Facts',
    ...(version !== undefined && { serverVersion: `${version.major}.${version.minor}` }),
    ...(namespace !== undefined && { namespace })
  }
  await outside.write(`${JSON.stringify(head).slice(0, -1)},"objects":[`)
  const missing: Partial<Record<SavedSource, string>> = {}
  let isFirst = true
  for (const kind of saved) {
    const lines: { key: string; text: string }[] = []
    const problem = await lister.each(kind, (object) => {
      if (kind.kind === kinds.ReplicaSet.kind && hasController(object)) return
      lines.push({ key: keyOf(object), text: JSON.stringify(slim(object)) })
    })
    if (problem !== undefined) {
      missing[savedSourceOf(kind)] = problem
      outside.note(`${groupResource(kind)}: ${problem}`)
    }
    lines.sort((one, other) => (one.key < other.key ? -1 : 1))
    const texts = lines.map(({ text }) => `\n${text}`).join(',')
    if (texts !== '') await outside.write(isFirst ? texts : `,${texts}`)
    if (texts !== '') isFirst = false
  }
  const isWhole = Object.keys(missing).length === 0
  await outside.write(`\n]${isWhole ? '' : `,"missing":${JSON.stringify(missing)}`}}\n`)
  return isWhole ? 0 : 3
}

/** Such a ReplicaSet is a part of a Deployment, which is there itself. */
function hasController({ metadata }: JsonObject): boolean {
  const owners: unknown = isObject(metadata) ? metadata['ownerReferences'] : undefined
  return Array.isArray(owners) && owners.some((owner) => isObject(owner) && owner['controller'] === true)
}

function keyOf({ metadata }: JsonObject): string {
  const { namespace = '', name = '' } = isObject(metadata) ? metadata : {}
  return `${String(namespace)}/${String(name)}`
}

function help(): string {
  return `Saves the objects of a cluster that policies read. lint, fix and scan then judge by the file instead of the cluster
(--facts). It contains no Secrets, no ConfigMaps and no values of environment variables. Each line has one object, in
a fixed order.

Usage: holdfast facts [flags] > facts.json

Examples:
  holdfast facts > facts.json
  holdfast facts --namespace shop --context production > shop.json
  holdfast lint deploy/ --facts facts.json
  holdfast scan --facts facts.json

Flags:
${shownFlags(factsFlags)}

Exit codes: 0 saved, 2 the command line or the configuration is wrong, 3 something could not be listed. The facts that
come from it are then unknown to the reader of the file. Standard error names the missing rule.`
}
