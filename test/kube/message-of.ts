import { MalformedObject } from '../../src/kube/shape.ts'

/** What a parser objects to, in its exact words; undefined where it accepts. Any other error is thrown on. */
export function messageOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (error instanceof MalformedObject) return error.message
    throw error
  }
}
