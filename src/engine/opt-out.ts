import { annotation, type Metadata } from '../kube/metadata.ts'
import { injectDisabled, injectEnabled, injectKey } from './api.ts'
import { nearest } from './nearest.ts'

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'enable', 'allow', '1'])
const no: ReadonlySet<string> = new Set(['false', 'no', 'off', 'disable', 'never', 'none', 'skip', 'ignore', '0', ''])

/** What somebody meant who wrote a value other than `enabled` or `disabled`; undefined if that cannot be told. */
export function meantBy(value: string): typeof injectEnabled | typeof injectDisabled | undefined {
  const word = value.trim().toLowerCase()
  if (yes.has(word)) return injectEnabled
  if (no.has(word)) return injectDisabled
  const near = nearest(word, [injectEnabled, injectDisabled])
  return near === injectEnabled || near === injectDisabled ? near : undefined
}

/**
 * Whether the object's own annotation keeps remedies and companions away from it: its value is `disabled`, or evidently means that. A person
 * who wants to be left alone is left alone.
 */
export function optsOut(metadata: Metadata): boolean {
  const value = annotation(metadata, injectKey)
  if (value === undefined || value === injectEnabled) return false
  return value === injectDisabled || meantBy(value) === injectDisabled
}
