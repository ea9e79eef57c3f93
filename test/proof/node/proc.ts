import { readdirSync, readFileSync } from 'node:fs'

export function processIds(): readonly string[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
}

/** A file below /proc. Empty where there is nothing to be read, such as of a process that has just ended. */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8').trim()
  } catch {
    return ''
  }
}
