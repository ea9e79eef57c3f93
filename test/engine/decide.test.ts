import t from 'tap'
import { type Mode, modes } from '../../src/engine/api.ts'
import { type Change, decide as decideChange, type Decision, verdictsOn } from '../../src/engine/decide.ts'
import type { Evaluation, PolicyVerdict } from '../../src/engine/evaluate.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { type Certainty, certain, type Spared, uncertain } from '../../src/engine/violation.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { deployment, frozen } from '../support/workloads.ts'

function finding(severity: Finding['severity'], field: string, policy = 'min-replicas'): Finding {
  const shortfall = { field, problem: 'is wrong', fix: 'right it' }
  const violation = severity === 'unknown' ? uncertain('autoscaler', shortfall) : certain(shortfall)
  return frozen({ policy, severity, ...violation })
}

const subject = frozen(parseWorkload('Deployment', deployment()))

/** Decides about a CREATE, or about an UPDATE of an object in which this was found. */
function decide(mode: Mode, evaluation: Evaluation, before?: () => readonly Finding[], given: Partial<Change> = {}) {
  const old = before === undefined ? undefined : () => subject
  const change: Change = { subject, old, byController: false, ...given }
  return decideChange(mode, change, evaluation, {
    evaluateOld: () => ({ findings: before?.() ?? [], exempt: [], verdicts: [] }),
    ruleset: { profile: 'standard', version: 'v2', rulesFor: () => [], repairsFor: () => [], mayInject: () => false }
  })
}

const required = finding('required', 'spec.a')
const other = finding('required', 'spec.b')
const advised = finding('advised', 'spec.c')
const unsure = finding('unknown', 'spec.d')

function of(...findings: Finding[]): Evaluation {
  return frozen({ findings, exempt: [finding('required', 'spec.e')], verdicts: [] })
}

const allow = (warnings: Finding[], wouldDeny: Finding[] = []): Decision => ({ verdict: 'allow', warnings, wouldDeny })
const deny = (reasons: Finding[], warnings: Finding[] = []): Decision => ({ verdict: 'deny', reasons, warnings })

void t.test('the modes', (test) => {
  const all = of(unsure, required, advised, other)
  test.strictSame(
    decide('audit', all),
    allow([], [required, other]),
    'audit says nothing, and records what would be denied'
  )
  test.strictSame(
    decide('warn', all),
    allow([unsure, required, advised, other], [required, other]),
    'warn says everything'
  )
  test.strictSame(
    decide('enforce', all),
    deny([required, other], [unsure, advised]),
    'enforce denies what is required, every bit of it, and says the rest'
  )
  for (const mode of modes) {
    test.strictSame(decide(mode, of()), allow([]), `${mode}: nothing found, though something is exempt`)
    const said = mode === 'audit' ? [] : [advised, unsure]
    test.strictSame(decide(mode, of(advised, unsure)), allow(said), `${mode}: advice and doubt deny nothing`)
  }
  test.end()
})

void t.test('what nothing speaks for but an unknown fact', (test) => {
  const quiet: Finding = frozen({ ...unsure, certainty: { kind: 'uncertain', reason: 'autoscaler', told: 'never' } })
  for (const mode of modes) test.strictSame(decide(mode, of(quiet)), allow([]), `${mode}: nobody is warned`)
  test.strictSame(decide('warn', of(quiet, required)), allow([required], [required]))
  test.strictSame(decide('enforce', of(quiet, required, unsure)), deny([required], [unsure]))
  const later: Finding = frozen({ ...unsure, certainty: { kind: 'uncertain', reason: 'intent', told: 'on-update' } })
  test.strictSame(decide('warn', of(later)), allow([]), 'a CREATE does not hear of what may come later')
  test.strictSame(
    decide('warn', of(later), () => []),
    allow([later]),
    'an UPDATE does'
  )
  test.end()
})

void t.test('the ratchet', (test) => {
  const both = of(required, other)
  test.strictSame(
    decide('enforce', both, () => [required, other]),
    allow([required, other]),
    'what was wrong before is warned about'
  )
  test.strictSame(
    decide('enforce', of(required), () => [required, other]),
    allow([required]),
    'half of it is repaired'
  )
  test.strictSame(
    decide('enforce', both, () => [other]),
    deny([required], [other]),
    'what is new is denied'
  )
  test.strictSame(
    decide('enforce', both, () => [finding('unknown', 'spec.a'), finding('advised', 'spec.b')]),
    allow([required, other]),
    'how much it weighed before does not matter'
  )
  test.strictSame(
    decide('enforce', of(required), () => [{ ...required, problem: 'was wrong in another way' }]),
    allow([required]),
    'what was said of it before does not matter'
  )
  test.strictSame(
    decide('enforce', of(required), () => [finding('required', 'spec.a', 'topology-spread')]),
    deny([required]),
    'another policy at the same field is another violation'
  )
  test.strictSame(
    decide('warn', both, () => [other]),
    allow([required, other], [required]),
    'warn: only what is new would be'
  )
  test.strictSame(
    decide('audit', both, () => [required, other]),
    allow([]),
    'audit: nothing would be denied'
  )
  test.end()
})

const at = (index: number, policy?: string): Finding => {
  return finding('required', `spec.template.spec.topologySpreadConstraints[${index}].labelSelector`, policy)
}

void t.test('an item that moves within its list is the same item', (test) => {
  test.match(
    decide('enforce', of(at(1)), () => [at(0)]),
    { verdict: 'allow' },
    'another was put before it'
  )
  test.match(
    decide('enforce', of(at(0)), () => [at(2)]),
    { verdict: 'allow' },
    'those before it were taken away'
  )
  test.match(
    decide('enforce', of(at(0), at(1)), () => [at(0)]),
    { verdict: 'deny' },
    'one more is one too many'
  )
  test.match(
    decide('enforce', of(at(0)), () => [at(0, 'other')]),
    { verdict: 'deny' },
    'another policy is another'
  )
  test.end()
})

function spared(sparedOn: Spared): Finding {
  const certainty: Certainty = { kind: 'certain', sparedOn }
  return frozen({ ...required, certainty })
}

function nothing(): readonly Finding[] {
  return []
}

void t.test('what an operation is spared is said and not denied', (test) => {
  const [onCreate, onUpdate] = [spared('CREATE'), spared('UPDATE')]
  test.strictSame(decide('enforce', of(onCreate)), allow([onCreate]))
  test.strictSame(decide('enforce', of(onUpdate)), deny([onUpdate]))
  test.strictSame(decide('enforce', of(onCreate), nothing), deny([onCreate]))
  test.strictSame(decide('enforce', of(onUpdate), nothing), allow([onUpdate]))
  const onBoth = spared('both')
  for (const old of [undefined, nothing]) test.strictSame(decide('enforce', of(onBoth), old), allow([onBoth]))
  test.end()
})

void t.test('and counted as spared', (test) => {
  const [onCreate, onUpdate] = [spared('CREATE'), spared('UPDATE')]
  const verdictsIn = (findings: readonly Finding[], old?: Change['old']) => {
    const { policy } = required
    const verdicts: PolicyVerdict[] = [
      { policy: 'other', verdict: 'violated' },
      { policy, verdict: 'violated' }
    ]
    return verdictsOn({ old }, { findings, exempt: [], verdicts }).map(({ verdict }) => verdict)
  }
  test.strictSame(verdictsIn([onCreate]), ['violated', 'spared'])
  test.strictSame(
    verdictsIn([onCreate], () => subject),
    ['violated', 'violated'],
    'not where it is denied'
  )
  test.strictSame(
    verdictsIn([onUpdate], () => subject),
    ['violated', 'spared']
  )
  test.strictSame(verdictsIn([onCreate, required]), ['violated', 'violated'], 'nor beside one that is denied')
  test.strictSame(verdictsIn([onCreate, unsure]), ['violated', 'spared'], 'beside one in doubt')
  test.strictSame(
    verdictsIn([{ ...onCreate, severity: 'advised' }]),
    ['violated', 'violated'],
    'nor where none is denied'
  )
  test.end()
})

void t.test('nobody is locked out', (test) => {
  test.strictSame(
    decide('enforce', of(required), nothing, { byController: true }),
    allow([required]),
    'a controller is told and not denied'
  )
  const off = frozen(parseWorkload('Deployment', deployment({ spec: { replicas: 0 } })))
  test.strictSame(
    decide('enforce', of(required), nothing, { subject: off }),
    allow([required]),
    'neither is scaling to zero'
  )
  test.strictSame(decide('enforce', of(required), undefined, { subject: off }), deny([required]), 'a CREATE at zero is')
  test.strictSame(
    decide('enforce', of(required), nothing, { subject: off, old: () => off }),
    deny([required]),
    'so is a change of what is at zero already'
  )
  test.end()
})

void t.test('the old object is judged only where something could be denied', (test) => {
  let asked = 0
  const before = (): Finding[] => {
    asked++
    return []
  }
  for (const mode of modes) decide(mode, of(advised, unsure), before)
  test.equal(asked, 0)
  for (const mode of modes) decide(mode, of(required), before)
  test.equal(asked, 3)
  test.end()
})

void t.test('so many findings that a step for each pair of them would never end', (test) => {
  const many = of(...Array.from({ length: 60_000 }, (_, index) => finding('required', `spec.a${index}`)))
  test.match(decide('enforce', many), { verdict: 'deny', warnings: [] })
  test.end()
})
