import t from 'tap'
import { byWeight, inShort } from '../../src/engine/in-short.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { deployment, web, worker } from '../support/workloads.ts'

const pod = (...names: string[]) =>
  parseWorkload('Deployment', deployment({ containers: names.map((name) => ({ ...web, name })) }))
const two = pod('web', 'worker')

function finding(field: string, parts: Partial<Finding> = {}): Finding {
  const said = { problem: 'is wrong', fix: 'right it', certainty: { kind: 'certain' as const } }
  return { policy: 'apple', severity: 'advised', field, ...said, ...parts }
}

const of = (name: string, parts?: Partial<Finding>) =>
  finding(`spec.template.spec.containers[name=${name}].livenessProbe`, parts)
const fieldsOf = (findings: readonly Finding[]) => findings.map(({ field }) => field)

void t.test('required findings come first, otherwise the order stays', (test) => {
  const all = [
    finding('a'),
    finding('b', { severity: 'required' }),
    finding('c', { severity: 'unknown' }),
    finding('d', { severity: 'required' }),
    finding('e')
  ]
  test.strictSame(fieldsOf(byWeight(all)), ['b', 'd', 'a', 'c', 'e'])
  const sorted = [finding('a', { severity: 'required' }), finding('b')]
  test.equal(byWeight(sorted), sorted)
  test.end()
})

void t.test('what all containers have in common is said once, where the first one stood', (test) => {
  const line = 'spec.template.spec.containers[*].livenessProbe'
  test.strictSame(fieldsOf(inShort([finding('a'), of('web'), finding('b'), of('worker')], two)), ['a', line, 'b'])
  const unsure = { severity: 'unknown', certainty: { kind: 'uncertain', reason: 'intent', told: 'always' } } as const
  test.strictSame(fieldsOf(inShort([of('web', unsure), of('worker', unsure)], two)), [line])
  test.strictSame(inShort([of('web'), of('worker')], two), [finding(line)], 'nothing else of it changes')
  test.end()
})

void t.test('what stays apart', (test) => {
  const stays = (fact: string, findings: readonly Finding[], subject = two) => {
    test.strictSame(inShort(findings, subject), findings, fact)
  }
  stays('required: each may be why a request is denied', [
    of('web', { severity: 'required' }),
    of('worker', { severity: 'required' })
  ])
  stays('another problem', [of('web'), of('worker', { problem: 'is wrong, too' })])
  stays('another fix', [of('web'), of('worker', { fix: 'leave it' })])
  stays('another policy', [of('web'), of('worker', { policy: 'melon' })])
  stays('another doubt', [
    of('web'),
    of('worker', { certainty: { kind: 'uncertain', reason: 'intent', told: 'always' } })
  ])
  stays('a container that does well', [of('web'), of('worker')], pod('web', 'worker', 'proxy'))
  stays('a lone container', [of('web')], pod('web'))
  stays('no container', [finding('spec.a'), finding('spec.a')])
  stays('an init container', [of('web'), finding('spec.template.spec.initContainers[name=worker].livenessProbe')])
  test.end()
})

void t.test('a container by its index counts, too', (test) => {
  const unnamed = parseWorkload('Deployment', deployment({ containers: [{ image: 'a' }, worker] }))
  const first = finding('spec.template.spec.containers[0].image')
  const second = finding('spec.template.spec.containers[name=worker].image')
  test.strictSame(fieldsOf(inShort([first, second], unnamed)), ['spec.template.spec.containers[*].image'])
  test.end()
})
