import type { Api } from '../../cluster/api/api.ts'
import { clusterLister } from '../../cluster/lister.ts'
import { readServerVersion } from '../../cluster/server-version.ts'
import type { Config } from '../../config.ts'
import { modeOf } from '../../engine/companion-wish.ts'
import { buildJudge } from '../../engine/judge.ts'
import type { Policy } from '../../engine/policy.ts'
import { buildChooseRuleset } from '../../engine/profile.ts'
import { isCompanionBudget, isLeaving, isPart } from '../../engine/subject.ts'
import { known } from '../../inventory/fact.ts'
import { buildFactSource } from '../../inventory/fact-source.ts'
import { Inventory } from '../../inventory/inventory.ts'
import { fillInventory } from '../../inventory/lister.ts'
import { allKinds, type Kind } from '../../kube/kinds.ts'
import { apiVersionOf, groupResource } from '../../kube/resource-kind.ts'
import { type JsonObject, MalformedObject } from '../../kube/shape.ts'
import type { Result } from '../../report/report.ts'
import { resultsOf } from '../../report/results.ts'
import { companionRules, inventoryOptions, today } from '../process/companions.ts'
import type { ScanCluster, ScannedObject } from './background-scan.ts'

export interface ScanNamespacesOptions {
  api: Api
  config: Config
  policies: readonly Policy[]
}

/**
 * Judges what is in the namespaces that have opted in, as admission would. It lists everything twice, in pages: what facts are taken from,
 * and what is judged. Between two scans it keeps nothing.
 */
export function buildScanNamespaces({ api, config, policies }: ScanNamespacesOptions): ScanCluster {
  return async (visit, signal) => {
    const serverVersion = known(config.serverVersion ?? (await readServerVersion(api, signal)))
    const inventory = new Inventory(inventoryOptions(config))
    const lister = clusterLister({ api })
    const { unlisted, readiness } = await fillInventory(inventory, lister)
    const companions = companionRules(config, policies)
    const source = buildFactSource({ inventory, readiness, serverVersion: () => serverVersion, companions })
    const { profile, policies: overrides, common, exemptions } = config
    const chooseRuleset = buildChooseRuleset({ policies, profile, overrides: { policies: overrides, common } })
    const judge = buildJudge({ policies, chooseRuleset, exemptions, ...source, today })
    const isOptedIn = (name: string): boolean => {
      return modeOf({ name, labels: inventory.namespaces.get(name)?.labels ?? {} }, config) !== undefined
    }
    const problems = unlisted.map(({ resource, problem }) => `${resource}: ${problem}`)
    for (const kind of allKinds) {
      if (kind.parse === undefined) continue
      signal.throwIfAborted()
      const problem = await lister.each(kind, (object) => {
        const scanned = scannedIn(object, { kind, isOptedIn, judge })
        if (scanned !== undefined) visit(scanned)
      })
      if (problem !== undefined) problems.push(`${groupResource(kind)}: ${problem}`)
    }
    return [...new Set(problems)]
  }
}

interface Judging {
  kind: Kind
  isOptedIn: (namespace: string) => boolean
  judge: ReturnType<typeof buildJudge>
}

/** An object, judged; undefined if it is not for us to judge, or not in a shape that the API server stores. */
function scannedIn(object: JsonObject, { kind, isOptedIn, judge }: Judging): ScannedObject | undefined {
  let subject
  try {
    subject = kind.parse?.(object)
  } catch (error) {
    if (error instanceof MalformedObject) return undefined
    throw error
  }
  if (subject === undefined) return undefined
  const { namespace = '', name = '', uid = '' } = subject.metadata
  if (!isOptedIn(namespace) || isPart(subject) || isLeaving(subject) || isCompanionBudget(subject)) return undefined
  const of = { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name }
  const results: Result[] = resultsOf({ judgement: judge(subject, namespace), object: of, isFixable: () => false })
  return { scope: { ...of, uid }, results }
}
