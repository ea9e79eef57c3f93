import * as z from 'zod'

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The name of an object. */
export function objectName(longest: number, fallback: string, description: string) {
  return z.string().max(longest).regex(dnsName).default(fallback).meta({ title: 'a name of Kubernetes', description })
}
