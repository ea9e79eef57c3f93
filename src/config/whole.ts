import * as z from 'zod'

/** A whole number in bounds. */
export function whole(minimum: number, maximum: number, fallback: number, description: string) {
  return z.int().min(minimum).max(maximum).default(fallback).meta({ description })
}
