import { buildLog, exitOnUncaught, type Log } from './log.ts'

/** A failure that the machine or its owner must fix, in one line: it is printed without a stack. */
export class StartFailure extends Error {
  override name = 'StartFailure'
}

/** Runs a process that logs, to its end, and returns its exit code. The log is written out whatever happens. */
export async function runProcess(logLevel: string, work: (out: Log) => Promise<void>): Promise<number> {
  const out = buildLog(logLevel)
  exitOnUncaught(out)
  try {
    await work(out)
    return 0
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error
    process.stderr.write(`holdfast: ${error.message}\n`)
    return 1
  } finally {
    await out.end()
  }
}
