/** For how many words of one object the nearest is looked for: more are not said, and looking takes time. */
export const mostNear = 5

/** Edits between two words; swapping two neighbours is one edit. */
function distance(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1]
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity
      row[j] = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1), swap)
    }
    before = last
    last = row
  }
  return last[other.length] ?? 0
}

/** The candidate that was most likely meant: the fewest edits, else the shortest that holds the word. Undefined: none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const given = word.slice(0, 100).toLowerCase()
  const limit = Math.max(1, Math.floor(given.length / 3))
  const ranked = candidates.map((candidate) => ({ candidate, edits: distance(given, candidate.toLowerCase()) }))
  const [best] = ranked.filter(({ edits }) => edits <= limit).sort((one, other) => one.edits - other.edits)
  if (best !== undefined) return best.candidate
  const holding = candidates.filter((candidate) => given.length > 2 && candidate.toLowerCase().includes(given))
  return holding.sort((one, other) => one.length - other.length)[0]
}

/** `; did you mean x?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates)
  return candidate === undefined ? '' : `; did you mean ${candidate}?`
}
