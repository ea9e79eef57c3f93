import { isIP } from 'node:net'
import * as z from 'zod'
import { modes, profileNames } from '../engine/api.ts'
import {
  commonParameters,
  type Parameter,
  type Parameters,
  type ParameterValue,
  type Policy,
  type Requirement,
  requirements
} from '../engine/policy.ts'
import type { Override } from '../engine/ruleset.ts'
import { parseServerVersion, type ServerVersion } from '../kube/server-version.ts'
import { certificates } from './certificates-schema.ts'
import { companion, controller } from './companion-schema.ts'
import { integer, namespaceName } from './field-schemas.ts'
import { operators } from './operators-schema.ts'
import { repairs } from './repairs-schema.ts'
import { reports, scan } from './scan-schema.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function path(description: string) {
  return z.string().min(1).optional().meta({ title: 'a path', description })
}

function isAddress(value: string): boolean {
  return isIP(value) !== 0
}

function address(description: string) {
  return z.string().refine(isAddress).optional().meta({ title: 'an IP address', description })
}

function release(written: string, context: z.RefinementCtx): ServerVersion {
  const version = parseServerVersion(written)
  if (version !== undefined) return version
  context.addIssue({ code: 'custom' })
  return z.NEVER
}

const serverVersion = z
  .string()
  .meta({
    title: 'a Kubernetes version such as "1.33"',
    description: 'The version of the API server, in quotes. If it is not set, Holdfast asks the API server at start.',
    examples: ['1.33']
  })
  .transform(release)
  .optional()

const server = z.strictObject({
  address: address('The address for reviews. Default: every address of the machine; 127.0.0.1 with --standalone.'),
  port: integer(0, 65535, 8443, 'The HTTPS port for reviews. 0 picks a free port.'),
  healthAddress: address('The address for health and metrics. Default: `server.address`.'),
  healthPort: integer(0, 65535, 8080, 'The HTTP port for health and metrics. 0 picks a free port.'),
  maxInFlight: integer(
    1,
    10_000,
    200,
    'The most reviews handled at once. Further ones get a 503, and the API server retries them.'
  ),
  bodyLimitMiB: integer(
    8,
    64,
    24,
    'The largest review that is accepted, in MiB. A review holds up to two objects of 3 MiB each, and Go writes `<`, `>` and `&` as six bytes.'
  ),
  maxInFlightMiB: integer(
    64,
    1024,
    64,
    'The most MiB that the bodies of all reviews handled at once may announce together. Further reviews get a 503, and the API server retries them.'
  ),
  maxConnections: integer(
    16,
    100_000,
    1000,
    'The most open connections. For a further one, Holdfast closes the oldest connection without a review. One address gets at most three quarters of the connections, reviews and bytes.'
  ),
  requestTimeoutSeconds: integer(
    1,
    300,
    10,
    'How long a call may take, from its headers to the last byte of the reply.'
  ),
  keepAliveSeconds: integer(
    95,
    3600,
    120,
    'How long an idle connection stays open. The API server closes its own after 90 s.'
  ),
  drainSeconds: integer(
    0,
    300,
    15,
    'How long reviews are still answered after SIGTERM, while API servers stop sending them.'
  )
})

const tls = z.strictObject({
  certificateFile: path('The serving certificate and its chain, PEM.'),
  keyFile: path('The key of the serving certificate, PEM.'),
  clientCaFile: path(
    'Authorities, PEM. If it is set, only clients with a certificate signed by one of them are served.'
  ),
  reloadSeconds: integer(1, 3600, 10, 'How often the files are checked. Changes are loaded without a restart.')
})

const cluster = z.strictObject({
  staleSeconds: integer(
    120,
    3600,
    180,
    'How long facts about the cluster stay valid if the API server does not confirm them. After that they are unknown.'
  )
})

function parameterSchema(parameter: Parameter): z.ZodType<ParameterValue | undefined> {
  const elsewhere = Object.entries(parameter.profiles ?? {}).map(([profile, other]) => `; ${profile} ${textOf(other)}`)
  const description = `${parameter.description}. Default: ${textOf(parameter.default)}${elsewhere.join('')}.`
  return valueSchema(parameter).meta({ description }).optional()
}

function valueSchema(parameter: Parameter): z.ZodType<ParameterValue> {
  if (parameter.type === 'integer') return integerSchema(parameter)
  return parameter.type === 'choice' ? z.enum(parameter.choices) : listSchema(parameter)
}

/** A list that each review goes through. */
const longestList = 32

function listSchema({ items: { title, pattern } }: Extract<Parameter, { type: 'list' }>) {
  const text = z.string().regex(pattern).meta({ title })
  return z
    .array(text)
    .max(longestList)
    .meta({ title: `a list of at most ${longestList} texts, each ${title}` })
}

/** A value as descriptions and tables show it. */
export function textOf(value: ParameterValue): string {
  if (typeof value !== 'object') return String(value)
  return value.length === 0 ? 'none' : value.join(', ')
}

function integerSchema({ minimum, maximum }: { minimum: number; maximum: number }) {
  return z.int().min(minimum).max(maximum)
}

function parametersSchema(parameters: Parameters) {
  const entries = Object.entries(parameters).map(([name, parameter]) => [name, parameterSchema(parameter)] as const)
  return Object.fromEntries(entries)
}

type Values = Record<string, ParameterValue | undefined>

function toValues(given: Values): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {}
  for (const [name, value] of Object.entries(given)) if (value !== undefined) values[name] = value
  return values
}

function toOverride({ severity, ...rest }: { severity?: Requirement | undefined } & Values): Override {
  const parameters = toValues(rest)
  return severity === undefined ? { parameters } : { severity, parameters }
}

function policySchema(policy: Policy) {
  if (Object.hasOwn(policy.parameters, 'severity')) throw new Error(`policy ${policy.id}: severity is no parameter`)
  const profiles = profileNames.map((name) => `${name} ${policy.profiles[name]}`).join(', ')
  const possible = requirements.filter((severity) => policy.atMost === undefined || severity !== 'required')
  const severity = z.enum(possible).meta({ description: `The severity of the policy. Default: ${profiles}.` })
  return z
    .strictObject({ ...parametersSchema(policy.parameters), severity: severity.optional() })
    .meta({ description: policy.title })
    .transform(toOverride)
    .optional()
}

function toOverrides(given: Record<string, Override | undefined>): ReadonlyMap<string, Override> {
  const overrides = new Map<string, Override>()
  for (const [id, override] of Object.entries(given)) if (override !== undefined) overrides.set(id, override)
  return overrides
}

function policiesSchema(policies: readonly Policy[]) {
  return z
    .strictObject(Object.fromEntries(policies.map((policy) => [policy.id, policySchema(policy)])))
    .transform(toOverrides)
}

function exemptionsSchema(policies: readonly Policy[]) {
  const id = z.enum(policies.map((policy) => policy.id)).meta({ title: 'a policy id' })
  return z.strictObject({
    allowed: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether an annotation may exempt a workload from a policy.' }),
    forbidden: z
      .array(id)
      .default([])
      .meta({ title: 'a list of policy ids', description: 'Policies that no workload may be exempt from.' })
      .transform((ids): ReadonlySet<string> => new Set(ids))
  })
}

/** The one schema of the configuration: it checks, fills in defaults, and is what docs/config.schema.json is made from. */
export function buildConfigSchema(policies: readonly Policy[]) {
  return z.strictObject({
    profile: z
      .enum(profileNames)
      .default('standard')
      .meta({ description: 'The profile of namespaces without a profile label.' }),
    serverVersion,
    policies: policiesSchema(policies).prefault({}).meta({ description: 'Overrides of the profile, by policy id.' }),
    common: z
      .strictObject(parametersSchema(commonParameters))
      .transform(toValues)
      .prefault({})
      .meta({ description: 'Parameters that several policies share.' }),
    defaultMode: z.enum(modes).optional().meta({
      description:
        'The mode of namespaces without a mode label. It must match the selectors of the webhook configurations.'
    }),
    excludedNamespaces: z
      .array(namespaceName)
      .default([])
      .meta({
        title: 'a list of namespaces',
        description:
          'Namespaces without companions, whatever their labels, besides `kube-system`, `kube-node-lease` and `kube-public`. They must match the selectors of the webhook configurations: a review of an object in one of them is still judged.'
      })
      .transform((names): ReadonlySet<string> => new Set(names)),
    exemptions: exemptionsSchema(policies).prefault({}).meta({ description: 'Which exemptions are allowed.' }),
    operators: operators.prefault({}).meta({ description: 'Which authors of requests are controllers.' }),
    policyPages: z
      .string()
      .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value) && value.includes('{policy}'))
      .optional()
      .meta({
        title: 'a URL with {policy} in it',
        description:
          'The URL of a policy page, with `{policy}` for its id. A denial then ends with links to the pages of its policies.',
        examples: ['https://docs.example.com/holdfast/{policy}']
      }),
    server: server.prefault({}).meta({ description: 'How reviews are served.' }),
    tls: tls.prefault({}).meta({ description: 'The certificate of the server.' }),
    certificates: certificates.prefault({}).meta({ description: 'Where the serving certificate comes from.' }),
    cluster: cluster.prefault({}).meta({ description: 'How facts about the cluster are kept.' }),
    companion: companion.prefault({}).meta({ description: 'The budgets that the controller keeps.' }),
    controller: controller.prefault({}).meta({ description: 'Leader election of the controllers.' }),
    repairs: repairs.prefault({}).meta({ description: 'Who is told of repairs.' }),
    scan: scan.prefault({}).meta({ description: 'The background scan of the controller.' }),
    reports: reports.prefault({}).meta({ description: 'The reports that the background scan writes.' }),
    kubeconfig: path(
      'The kubeconfig file for the API server. Default: KUBECONFIG, else the service account of the pod.'
    ),
    metrics: z
      .strictObject({
        mostNamespaces: integer(
          0,
          5000,
          200,
          'The most namespaces that counts of violations, denials and repairs name. The others are counted together, as `_others`. 0: no count names a namespace.'
        )
      })
      .prefault({})
      .meta({ description: 'What is counted.' }),
    log: z
      .strictObject({
        level: z.enum(logLevels).default('info').meta({ description: 'The lowest level that is logged.' })
      })
      .prefault({})
  })
}

export type ConfigSchema = ReturnType<typeof buildConfigSchema>
export type Config = z.output<ConfigSchema>
