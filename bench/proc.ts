import { readFileSync } from 'node:fs'

// USER_HZ: what Linux counts these times in for user space, on every architecture that Node runs on.
const ticksPerSecond = 100

function microseconds(ticks: number): number {
  return (ticks * 1_000_000) / ticksPerSecond
}

/** CPU time of a process since its start, in all its threads, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses, and may hold anything: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return microseconds(Number(fields[11]) + Number(fields[12]))
}

/** How long a process has been ready to run while something else had its core, in microseconds; of its main thread. */
export function waitedMicroseconds(pid: number): number {
  const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1000
}

/** How long a core of this machine was ready to run while its host ran other machines, in microseconds: proc(5), steal. */
export function stolenMicroseconds(core: number): number {
  const line = new RegExp(`^cpu${core} (.+)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  return microseconds(Number(line.split(' ')[7] ?? 0))
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
