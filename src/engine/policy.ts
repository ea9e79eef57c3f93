import type { Subject } from '../kube/kinds.ts'
import type { ProfileName, RulesetVersion } from './api.ts'
import type { FactName, Facts } from '../inventory/facts/index.ts'
import type { Shortfall, Violation } from './violation.ts'

export const requirements = ['required', 'advised', 'off'] as const
export type Requirement = (typeof requirements)[number]

export type { Subject } from '../kube/kinds.ts'
export type SubjectKind = Subject['kind']

/** A value to add to the pod spec of a workload, or to the spec of a budget. */
export interface Addition {
  /** The place below that spec; a container by its name: `containers[name=web].lifecycle.preStop`. */
  at: string
  value: unknown
  /** The value that this one replaces: a default of the API server, or an earlier raise of it. No person wrote it. */
  instead?: number
  /** What the addition costs, if the user who sent the request should know. It is a warning where the addition is made. */
  tells?: Shortfall
}

/** The values of a parameter that is not configured. */
interface Defaults<V> {
  default: V
  /** The defaults of other profiles. */
  profiles?: Partial<Record<ProfileName, V>>
  /** The defaults of older versions, whatever the profile: the value that changes nothing for namespaces that pin one. */
  versions?: Partial<Record<RulesetVersion, V>>
}

/** An addition, and the policy whose remedy makes it. */
export interface PolicyAddition extends Addition {
  policy: string
}

/** A setting of a policy, with its default. */
export type Parameter = { description: string } & (
  | ({ type: 'integer'; minimum: number; maximum: number } & Defaults<number>)
  | ({ type: 'choice'; choices: readonly string[] } & Defaults<string>)
  | ({ type: 'list'; items: ListItem } & Defaults<readonly string[]>)
)

/** What the texts of a list are. */
export interface ListItem {
  /** As `is not` may precede it: `an image tag`. */
  title: string
  pattern: RegExp
}

export type Parameters = Readonly<Record<string, Parameter>>
export type ParameterValue = number | string | readonly string[]
export type ValuesOf<P extends Parameters> = {
  readonly [K in keyof P]: P[K]['type'] extends 'integer'
    ? number
    : P[K]['type'] extends 'list'
      ? readonly string[]
      : string
}

/** Parameters that several policies share. */
export const commonParameters = {
  shutdownSeconds: {
    type: 'integer',
    description: 'Seconds that an application has to shut down after its preStop hook, before it is killed',
    minimum: 0,
    maximum: 3600,
    default: 5
  }
} as const satisfies Parameters

/** What a policy sees. It has only the facts that the policy declares in `needs`: reading another is a compile error. */
export interface Context<K extends SubjectKind, N extends FactName, P extends Parameters> {
  subject: Extract<Subject, { kind: K }>
  facts: Pick<Facts, N>
  parameters: ValuesOf<P & typeof commonParameters>
  /** What the subject's record says was injected at this place below the pod spec. Anyone may write the record. */
  recorded: (at: string) => unknown
  /** Whether an amendment of this version applies: it does not in a namespace that pins an older one. */
  amended: (since: RulesetVersion) => boolean
}

interface Definition<K extends SubjectKind, N extends FactName, P extends Parameters> {
  /** kebab-case; the file, the doc page, the configuration key, the annotation and the metric label. Never reused. */
  id: string
  title: string
  /** The version that introduced the policy. It does not run in a namespace that pins an older version. */
  since: RulesetVersion
  appliesTo: readonly K[]
  /** The facts that the policy reads; none by default. */
  needs?: readonly N[]
  /** None by default. */
  parameters?: P
  /** The requirement of each profile. */
  profiles: Readonly<Record<ProfileName, Requirement>>
  /** Set if another object that may come later meets the policy: no profile and no configuration can then make it required. */
  atMost?: 'advised'
  /** The only places that the remedy may write to, with `*` for any container: `containers[*].readinessProbe`. None without a remedy. */
  injects?: readonly string[]
  /** Returns every violation. Pure. A bug throws, and becomes a 500. */
  check(context: Context<K, N, P>): readonly Violation[]
  /**
   * Returns the additions that satisfy the policy, as far as they are safe. It must return none if `check` finds nothing, because the
   * engine does not run `check` first. Pure.
   */
  remedy?(context: Context<K, N, P>): readonly Addition[]
}

/** The context that the engine passes to any policy. */
export interface AnyContext {
  subject: Subject
  facts: Facts
  parameters: Readonly<Record<string, ParameterValue>>
  recorded: (at: string) => unknown
  amended: (since: RulesetVersion) => boolean
}

/** A policy as the engine holds it: with all defaults, and without the types of its own subject and parameters. */
export type Policy = Required<Omit<Definition<SubjectKind, FactName, Parameters>, 'check' | 'remedy' | 'atMost'>> & {
  atMost?: 'advised'
  check(context: AnyContext): readonly Violation[]
  remedy?(context: AnyContext): readonly Addition[]
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a policy without parameters of its own
type NoParameters = Pick<Parameters, never>

/** Declares a policy. The engine keeps the promise that the types make: it calls `check` only with kinds of `appliesTo`. */
export function definePolicy<
  const K extends SubjectKind,
  const N extends FactName = never,
  const P extends Parameters = NoParameters
>(definition: Definition<K, N, P>): Policy {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where the own types of a policy are let go
  return { needs: [], parameters: {}, injects: [], ...definition } as unknown as Policy
}
