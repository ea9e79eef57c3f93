import type { LookConfig } from '../../config/look-schema.ts'
import { endedText } from '../../engine/exemption.ts'
import { buildJudge, type Judge, type Judgement } from '../../engine/judge.ts'
import type { Policy, Subject } from '../../engine/policy.ts'
import { buildChooseRuleset } from '../../engine/profile.ts'
import { isCompanionBudget, isLeaving, isPart, objectName } from '../../engine/subject.ts'
import { buildClusterView } from '../../inventory/cluster-view.ts'
import { known } from '../../inventory/fact.ts'
import type { ReadFacts } from '../../inventory/facts-file.ts'
import { ObjectSet } from '../../inventory/object-set.ts'
import { fileProvenance } from '../../kube/provenance.ts'
import { assumedServerVersion } from '../../kube/server-version.ts'
import { MalformedObject } from '../../kube/shape.ts'
import type { Incomplete } from '../../report/report.ts'
import { companionRules } from '../process/companions.ts'
import { namespaceRemarks } from './namespace-remarks.ts'
import { isServed, type LookObject } from './read-set.ts'
import { type Mending, mendingOf } from './remedies.ts'

export interface JudgeSetOptions {
  policies: readonly Policy[]
  config: LookConfig
  objects: readonly LookObject[]
  /** What is not in the set may exist all the same. */
  partial: boolean
  facts: ReadFacts | undefined
  today: () => string
}

/** An object of a set, judged by everything else in it; and what `holdfast fix` would do about it: nothing where it is not written in a file. */
export interface Judged extends Mending {
  from: LookObject
  judgement: Judgement
}

/** What judging a set said beside the findings. */
export interface Beside {
  /** How many objects were judged. */
  judged: number
  incomplete: readonly Incomplete[]
  notes: readonly string[]
  /** The exemptions that have ended, in words. */
  ended: readonly string[]
}

/**
 * Judges the objects of a set as admission would when they are created, each with the others as its facts. Calls back for each, in the
 * order given; the judgement holds during the call alone.
 */
export function judgeSet(options: JudgeSetOptions, visit: (judged: Judged) => void): Beside {
  const { config, objects, facts } = options
  const companions = companionRules(config, options.policies, options.today)
  const serverVersion = config.serverVersion ?? facts?.serverVersion ?? assumedServerVersion
  const set = new ObjectSet(objects, {
    customWorkloads: config.companion.kinds.filter(({ group }) => group !== 'apps'),
    partial: options.partial,
    cluster: facts,
    serverVersion: known(serverVersion),
    companions
  })
  const judgeFrom = judgesOf(options, set)
  const surrounding = { inventory: set.inventory, view: buildClusterView(set.inventory, set.readiness) }
  const incomplete: Incomplete[] = []
  const ended: string[] = []
  const notes = set.contested.map(({ name, files }) => {
    return `${name} is in ${files.length} files (${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''}): what depends on it is unknown elsewhere; lint their folders one by one`
  })
  let judged = 0
  for (const from of objects) {
    const { file } = from
    for (const remark of namespaceRemarks(from, config))
      notes.push(`${file}:${from.locate('metadata').line}: ${remark}`)
    const subject = subjectOf(from, incomplete)
    if (subject === undefined || isPart(subject) || isLeaving(subject) || isCompanionBudget(subject)) continue
    judged++
    const judgement = judgeFrom(file)(subject, subject.metadata.namespace ?? '')
    const place = () => `${file}:${from.locate('metadata.annotations').line}`
    for (const remark of judgement.remarks) notes.push(`${place()}: ${remark}`)
    const end = endedText(judgement.exemptions)
    if (end !== undefined) ended.push(`${place()}: ${objectName(subject)}: ${end}`)
    const mending = from.isWritten ? mendingOf(judgement, { set: surrounding, config, companions }) : unwritten
    visit({ from, judgement, ...mending })
  }
  return { judged, incomplete, notes: [...new Set(notes)], ended }
}

const unwritten: Mending = { remedies: () => ({ additions: [], companion: undefined }), isFixable: () => false }

/** The subject in an object; undefined if there is none to judge. What the API server would refuse makes the answer incomplete. */
function subjectOf(from: LookObject, incomplete: Incomplete[]): Subject | undefined {
  const { kind, object, value, file, manifest } = from
  if (kind?.parse === undefined || !isServed(from) || object.name === '') return undefined
  try {
    return kind.parse(value, fileProvenance)
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error
    const field = error.message.slice(0, error.message.indexOf(':'))
    const { line } = from.isWritten ? manifest.locate(field).start : { line: 1 }
    incomplete.push({ file, line, problem: `${kind.kind.toLowerCase()}/${object.name}: ${error.message}` })
    return undefined
  }
}

/** The judge whose facts are those that a file sees. */
function judgesOf({ policies, config, today }: JudgeSetOptions, set: ObjectSet): (file: string) => Judge {
  const { profile, policies: overrides, common, exemptions } = config
  const chooseRuleset = buildChooseRuleset({ policies, profile, overrides: { policies: overrides, common } })
  let source = set.seenFrom('')
  const judge = buildJudge({
    policies,
    chooseRuleset,
    exemptions,
    factsFor: (subject) => source.factsFor(subject),
    namespaceLabels: (name) => source.namespaceLabels(name),
    today
  })
  return (file) => {
    source = set.seenFrom(file)
    return judge
  }
}
