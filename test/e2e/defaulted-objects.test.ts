import tap, { type Test } from 'tap'
import type { ProfileName } from '../../src/engine/api.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import type { Exemptions } from '../../src/engine/exemption.ts'
import { findingText } from '../../src/engine/finding.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { kinds } from '../../src/kube/kinds.ts'
import { fileProvenance, type ProvenanceOf } from '../../src/kube/provenance.ts'
import { apiVersionOf } from '../../src/kube/resource-kind.ts'
import { type ValidKind, validKinds, validSpecs } from '../laws/valid-object.ts'
import type { ApiServer } from '../support/control-plane.ts'
import { userIn } from '../support/cluster-user.ts'
import { factsOf, nothingKnown } from '../support/facts.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { type JsonMap, overTheWire, rulesetOf } from '../support/workloads.ts'

const namespace = 'defaulted'
const perKind = 40
const noExemptions: Exemptions = { reasons: new Map(), remarks: [] }

const settings: readonly [ProfileName, Facts][] = [
  ['critical', factsOf()],
  ['critical', nothingKnown],
  ['baseline', factsOf()]
]

interface Named extends JsonMap {
  kind: ValidKind
  metadata: { name: string; namespace: string }
}

const server = await openSharedServer(tap)
if (server !== undefined) {
  const written = validKinds.flatMap((kind) => validSpecs(kind, perKind).map((spec, index) => named(kind, spec, index)))
  const shown = await shownBy(server, written)
  for (const kind of validKinds) {
    await tap.test(`${kind}: the same is found before and after the API server fills in defaults`, async (t) => {
      for (const raw of written.filter((one) => one.kind === kind)) checkOne(t, raw, shown.get(raw.metadata.name))
    })
  }
}

function named(kind: ValidKind, spec: JsonMap, index: number): Named {
  const metadata = { name: `${kind.toLowerCase()}-${index}`, namespace, labels: { app: 'web' } }
  return { apiVersion: apiVersionOf(kinds[kind]), kind, metadata, spec }
}

/** The objects as the API server would keep them, by name. An apply also shows what was written and what was filled in. */
async function shownBy(cluster: ApiServer, items: readonly Named[]): Promise<ReadonlyMap<string, Named>> {
  const user = await userIn(cluster, namespace, {})
  const list = { apiVersion: 'v1', kind: 'List', items }
  const flags = ['--server-side', '--dry-run=server', '--output=json', '--show-managed-fields']
  const { stdout } = await user.must(['apply', ...flags, '-f', '-'], list)
  const created = JSON.parse(stdout) as { items: readonly Named[] }
  return new Map(created.items.map((object) => [object.metadata.name, object]))
}

function checkOne(t: Test, raw: Named, defaulted: Named | undefined): void {
  const { name } = raw.metadata
  if (defaulted === undefined) {
    t.fail(`${name} is not accepted`)
    return
  }
  for (const [profile, facts] of settings) {
    const before = found(raw, profile, facts, fileProvenance)
    t.strictSame(found(defaulted, profile, facts), before, `${name} in ${profile}: ${before.length} findings`)
  }
}

function found(object: Named, profile: ProfileName, facts: Facts, provenanceOf?: ProvenanceOf): string[] {
  const subject = kinds[object.kind].parse?.(overTheWire(object), provenanceOf)
  if (subject === undefined) throw new Error(`${object.kind} is not judged`)
  const { findings } = evaluate(subject, { facts, ruleset: rulesetOf({ profile }), exemptions: noExemptions })
  return findings.map((finding) => `${finding.severity} ${findingText(finding)}`)
}
