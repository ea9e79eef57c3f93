import * as z from 'zod'

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number, fallback: number, description: string) {
  return z.int().min(minimum).max(maximum).default(fallback).meta({ description })
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The name of an object. */
export function objectName(longest: number, fallback: string, description: string) {
  return z
    .string()
    .max(longest)
    .regex(dnsName)
    .default(fallback)
    .meta({ title: 'a Kubernetes object name', description })
}

/** The name of a namespace, as one of a list. */
export const namespaceName = z.string().max(63).regex(dnsLabel).meta({ title: 'a namespace name' })
