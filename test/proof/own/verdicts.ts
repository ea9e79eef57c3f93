import type { Verdict } from '../verdicts.ts'
import { callsPerSecond, type Phase, type PhaseName, phaseNames } from './phases.ts'

/** Fewer would leave times in which nobody looked. */
const leastPerSecond = 0.9 * callsPerSecond

/** No admission call fails, whatever is done to Holdfast; each is made, at about the rate that was meant. */
export function ownVerdicts(seen: readonly Phase[]): readonly Verdict[] {
  return phaseNames.map((what) =>
    verdictOn(
      what,
      seen.find((phase) => phase.what === what)
    )
  )
}

function verdictOn(what: PhaseName, phase: Phase | undefined): Verdict {
  if (phase === undefined) return { holds: false, says: `${what}: not measured` }
  const { calls, skipped, failed, seconds } = phase
  const perSecond = calls / seconds
  const left = skipped === 0 ? '' : `, ${skipped} could not be made`
  const says = `${what}: ${failed} of ${calls} admission calls failed, ${perSecond.toFixed(1)} a second${left}`
  return { holds: failed === 0 && skipped === 0 && perSecond >= leastPerSecond, says }
}
