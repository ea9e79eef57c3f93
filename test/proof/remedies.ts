import type { NamespaceUser } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { Variant } from './cases.ts'
import type { Application } from './manifest.ts'

/** What keeps a workload up, as it really is in the cluster. */
export interface Remedies {
  readonly probe: boolean
  readonly sleep: boolean
  readonly budget: boolean
}

interface Switch {
  readonly policy: string
  readonly remedy: keyof Remedies
}

/** What an exemption from each policy leaves out. */
const switches: Partial<Record<Variant, Switch>> = {
  'no-probe': { policy: 'readiness-probe', remedy: 'probe' },
  'no-sleep': { policy: 'pre-stop-sleep', remedy: 'sleep' },
  'no-budget': { policy: 'disruption-budget', remedy: 'budget' }
}

/** The annotations that leave out the remedy that the variant is about. */
export function exemptionsOf(variant: Variant): Readonly<Record<string, string>> {
  const off = switches[variant]
  return off === undefined ? {} : { [`holdfast.dev/exempt.${off.policy}`]: 'to see what it is good for' }
}

/** What there must be: what the user wrote, and, where Holdfast is, what it gives, but for what is switched off. */
export function expectedOf({ replicas, container = {} }: Application, variant: Variant): Remedies {
  if (variant === 'without') {
    return { probe: 'readinessProbe' in container, sleep: 'lifecycle' in container, budget: false }
  }
  const off = switches[variant]?.remedy
  return { probe: off !== 'probe', sleep: off !== 'sleep', budget: off !== 'budget' && replicas > 1 }
}

async function remediesOf(user: NamespaceUser): Promise<Remedies> {
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

/** Until there is what should be, and nothing else, and the budget counts. */
export async function untilRemedied(user: NamespaceUser, expected: Remedies): Promise<void> {
  const wanted = JSON.stringify(expected)
  let seen = ''
  const details = (): string => `expected ${wanted}, there is ${seen}`
  await waitFor({ what: 'what Holdfast gives', seconds: 20, details, everyMilliseconds: 200 }, async () => {
    seen = JSON.stringify(await remediesOf(user))
    return seen === wanted ? true : undefined
  })
}
