/** Something about the surroundings of a subject: known, or unknown and why. Never silently empty. */
export type Fact<T> = { known: true; value: T } | { known: false; why: string }

export function known<T>(value: T): Fact<T> {
  return { known: true, value }
}

export function unknown(why: string): Fact<never> {
  return { known: false, why }
}
