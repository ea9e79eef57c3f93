import type { NamespaceUser } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'

/** What keeps a workload up, as it really is in the cluster. */
export interface Remedies {
  readonly probe: boolean
  readonly sleep: boolean
  readonly budget: boolean
}

const policies: Readonly<Record<string, keyof Remedies>> = {
  'readiness-probe': 'probe',
  'pre-stop-sleep': 'sleep',
  'disruption-budget': 'budget'
}

export async function remediesOf(user: NamespaceUser): Promise<Remedies> {
  const { spec } = await user.deployment('web')
  const [container] = spec.template.spec.containers
  const { stdout } = await user.must([
    'get',
    'poddisruptionbudgets',
    '--output=jsonpath={.items[*].status.disruptionsAllowed}'
  ])
  return {
    probe: container.readinessProbe !== undefined,
    sleep: container.lifecycle?.preStop !== undefined,
    budget: stdout === '1'
  }
}

/** Until Holdfast has given what it should and the budget counts; a remedy that is switched off must be missing. */
export async function untilRemedied(user: NamespaceUser, all: Remedies, off: string | undefined): Promise<void> {
  const switched = off === undefined ? undefined : policies[off]
  const expected = JSON.stringify(switched === undefined ? all : { ...all, [switched]: false })
  let seen = ''
  const details = (): string => `expected ${expected}, there is ${seen}`
  await waitFor({ what: 'what Holdfast gives', seconds: 20, details, everyMilliseconds: 200 }, async () => {
    seen = JSON.stringify(await remediesOf(user))
    return seen === expected ? true : undefined
  })
}
