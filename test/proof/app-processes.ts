import { readdirSync, readFileSync } from 'node:fs'

function nameOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8').trim()
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

/** How many containers of the application run on the node, whether or not the API server still knows them. */
export function appProcesses(): number {
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && nameOf(id) === 'app').length
}
