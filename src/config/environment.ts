import { coerce, type Given } from './coerce.ts'
import { didYouMean } from '../engine/nearest.ts'
import type { Setting } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const prefix = 'HOLDFAST_'
export const fileVariable = 'HOLDFAST_CONFIG'

const link = /^(?:tcp|udp|sctp):\/\//
const linkPort = /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/
const serviceName = /^(.+)_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$/

/**
 * Whether Kubernetes set a variable, and not a person: every container gets variables for the Services of its namespace, so a
 * Service named holdfast-webhook makes HOLDFAST_WEBHOOK_SERVICE_HOST, HOLDFAST_WEBHOOK_PORT=tcp://10.0.0.1:443 and more.
 */
function isServiceLink(name: string, value: string, environment: Environment): boolean {
  if (linkPort.test(name) || (name.endsWith('_PORT') && link.test(value))) return true
  const service = serviceName.exec(name)?.[1]
  if (service === undefined) return false
  return environment[`${service}_SERVICE_HOST`] !== undefined && environment[`${service}_SERVICE_PORT`] !== undefined
}

interface Variable {
  name: string
  value: string
}

/** The variables that a person set for us. An empty one counts as not set. */
function ownVariables(environment: Environment): readonly Variable[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (!name.startsWith(prefix) || name === fileVariable || value === undefined || value === '') return []
    return isServiceLink(name, value, environment) ? [] : [{ name, value }]
  })
}

/** What the environment sets. */
export function readEnvironment(environment: Environment, settings: readonly Setting[]): readonly Given[] {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]))
  return ownVariables(environment).flatMap(({ name, value }) => {
    const setting = byVariable.get(name)
    return setting === undefined ? [] : [{ setting, value: coerce(setting, value), source: name }]
  })
}

/** A problem for each HOLDFAST_ variable that sets nothing. */
export function unknownVariables(environment: Environment, settings: readonly Setting[]): readonly string[] {
  const variables = settings.map(({ variable }) => variable)
  const words = [fileVariable, ...variables].map((variable) => variable.slice(prefix.length))
  const unknown = ownVariables(environment).filter(({ name }) => !variables.includes(name))
  return unknown.map(({ name }) => {
    const near = didYouMean(name.slice(prefix.length), words).replace('mean ', `mean ${prefix}`)
    return `${name}: no such variable${near}`
  })
}
