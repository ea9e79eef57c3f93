import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { openSharedServer } from '../support/shared-server.ts'
import { type ManagedProcess, startProcess } from '../support/cluster-process.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ApiServer } from '../support/control-plane.ts'

interface Line {
  identity: string
  what: string
  /** In milliseconds of the machine's clock, which these processes share. */
  at: number
}

interface Elector {
  process: ManagedProcess
  lines: () => Line[]
  last: (what: string) => Line | undefined
}

function startElector(t: Test, server: ApiServer, identity: string): Elector {
  const logFile = join(server.directory, `${identity}.log`)
  const script = join(import.meta.dirname, '../support/elector.ts')
  const command = [process.execPath, script, server.kubeconfigOf('admin'), identity] as const
  const started = startProcess({ name: identity, command: [...command], logFile })
  t.teardown(() => started.stop(0))
  const lines = () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []))
  return { process: started, lines, last: (what) => lines().findLast((line) => line.what === what) }
}

/** Waits for its next act after `since`. Gives how many milliseconds that took from then. */
async function leads({ process: { log, name }, last }: Elector, since: number): Promise<number> {
  const { at } = await waitFor({ what: `${name} to lead`, seconds: 40, details: log }, async () => {
    const act = last('acts')
    return act !== undefined && act.at > since ? act : undefined
  })
  return at - since
}

/** The spans in which each acted: from the first act of a term to its last. */
function spansOf(electors: readonly Elector[]): readonly (readonly [from: number, to: number])[] {
  const spans: [number, number][] = []
  for (const { lines } of electors) {
    let open = false
    for (const { what, at } of lines()) {
      if (what !== 'acts') open = false
      else if (open) spans.at(-1)?.splice(1, 1, at)
      else spans.push([at, at])
      if (what === 'acts') open = true
    }
  }
  return spans.toSorted(([one], [other]) => one - other)
}

async function testElection(t: Test, server: ApiServer): Promise<void> {
  const one = startElector(t, server, 'one')
  await leads(one, 0)
  const two = startElector(t, server, 'two')
  await waitFor({ what: 'two to follow', seconds: 20 }, async () => two.last('follows'))

  one.process.signal('SIGSTOP')
  const toSecond = await leads(two, Date.now())
  t.ok(toSecond < 20_000, `after ${Math.round(toSecond)} ms another leads in place of one that stands still`)
  const woken = Date.now()
  one.process.signal('SIGCONT')
  await waitFor({ what: 'one to see it', seconds: 10, details: one.process.log }, async () => one.last('ends'))
  t.notOk(
    one.lines().some(({ what, at }) => what === 'acts' && at >= woken),
    'who wakes too late does nothing'
  )

  two.process.signal('SIGKILL')
  const toThird = await leads(one, Date.now())
  t.ok(toThird < 20_000, `after ${Math.round(toThird)} ms another leads in place of one that was killed`)

  const three = startElector(t, server, 'three')
  await waitFor({ what: 'three to follow', seconds: 20 }, async () => three.last('follows'))
  one.process.signal('SIGTERM')
  const toFourth = await leads(three, Date.now())
  t.ok(toFourth < 6000, `after ${Math.round(toFourth)} ms another leads in place of one that was told to end`)
  await waitFor({ what: 'one to end', seconds: 10 }, async () => (one.process.running() ? undefined : true))
  t.ok(one.last('stopped'))

  const { stdout } = await server.kubectl(['get', 'lease', 'holdfast-controller', '--output=jsonpath={.spec}'])
  t.match(JSON.parse(stdout), { holderIdentity: 'three', leaseDurationSeconds: 15, leaseTransitions: 3 })

  const spans = spansOf([one, two, three])
  t.equal(spans.length, 4)
  for (const [index, [from]] of spans.entries()) {
    const before = spans[index - 1]?.[1] ?? 0
    t.ok(from > before, 'nobody acts before the last one is done')
  }
}

const server = await openSharedServer(tap)
if (server !== undefined) await tap.test('one leader at a time', (t) => testElection(t, server))
