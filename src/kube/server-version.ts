/** The minor release of a server, or the one that it emulates. */
export interface ServerVersion {
  major: number
  minor: number
}

/** What is assumed where there is no API server to ask: a current one. */
export const assumedServerVersion: ServerVersion = { major: 1, minor: 36 }

const written = /^v?(\d{1,3})\.(\d{1,4})(?:[.+-].*)?$/

/** Reads `1.33`, `v1.36.3` or `v1.31.4-eks-1a2b3c`; undefined for anything else. */
export function parseServerVersion(text: string): ServerVersion | undefined {
  const match = written.exec(text.trim())
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) }
}

/**
 * Reads the answer of /version. A server that emulates an older release says so in emulationMajor and emulationMinor, and behaves as
 * that one whatever its gitVersion; some providers write `minor` as `31+`.
 */
export function serverVersionOf(info: Readonly<Record<string, unknown>>): ServerVersion | undefined {
  const text = (key: string) => (typeof info[key] === 'string' ? info[key] : '')
  const digits = (key: string) => /^\d+/.exec(text(key))?.[0] ?? ''
  return (
    parseServerVersion(`${digits('emulationMajor')}.${digits('emulationMinor')}`) ??
    parseServerVersion(`${digits('major')}.${digits('minor')}`) ??
    parseServerVersion(text('gitVersion'))
  )
}

export function isAtLeast(version: ServerVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}

/** From here on `lifecycle.preStop.sleep` is on by default (KEP-3960): 1.29 drops such a hook, and older servers refuse it as a hook without a handler. */
export function hasSleepAction(version: ServerVersion): boolean {
  return isAtLeast(version, 1, 30)
}

/** From here on `matchLabelKeys` of a spread constraint is on by default (KEP-3243). */
export function hasMatchLabelKeys(version: ServerVersion): boolean {
  return isAtLeast(version, 1, 27)
}

/** From here on `unhealthyPodEvictionPolicy` of a budget is on by default (KEP-3017); older servers drop it. */
export function hasUnhealthyPodEviction(version: ServerVersion): boolean {
  return isAtLeast(version, 1, 27)
}
