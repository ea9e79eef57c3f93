import { openApi } from '../../src/cluster/api/api.ts'
import { startElection } from '../../src/cluster/election/election.ts'

/**
 * A process that takes part in an election and, while it leads, acts ten times a second. It writes a line for each act, and ends as a
 * replica does, on SIGTERM.
 */
const [kubeconfig = '', identity = ''] = process.argv.slice(2)

function say(what: string): void {
  process.stdout.write(`${JSON.stringify({ identity, what, at: performance.timeOrigin + performance.now() })}\n`)
}

const api = await openApi({ kubeconfig, environment: {}, userAgent: 'holdfast/test' })
if (api === undefined) throw new Error('no kubeconfig')
const election = startElection({
  api,
  namespace: 'default',
  name: 'holdfast-controller',
  identity,
  onProblem: (error) => say(`problem: ${String(error)}`),
  lead: (term) =>
    new Promise((resolve) => {
      say('leads')
      const acting = setInterval(() => {
        if (term.held) say('acts')
      }, 100)
      term.signal.addEventListener('abort', () => {
        clearInterval(acting)
        say('ends')
        resolve()
      })
    })
})
say('follows')
process.once('SIGTERM', () => {
  void election.stop().then(() => {
    say('stopped')
    return api.close()
  })
})
