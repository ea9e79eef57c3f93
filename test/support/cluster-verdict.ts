import type { Test } from 'tap'
import type { Finished } from './cluster-kubectl.ts'
import type { NamespaceUser } from './cluster-user.ts'
import { waitFor } from './cluster-wait.ts'

/** What kubectl prints of any denial. */
export const denied = 'admission webhook "enforce.holdfast.dev" denied the request'

export function apply(user: NamespaceUser, object: object, ...flags: readonly string[]): Promise<Finished> {
  return user.kubectl(['apply', ...flags, '-f', '-'], object)
}

/** Asks with a dry run until the webhook has seen what is there: its cache follows the API server by a moment. */
export async function untilSaid(user: NamespaceUser, object: object, text: string): Promise<void> {
  let last = ''
  const patience = { what: text, seconds: 20, everyMilliseconds: 100, details: () => last }
  await waitFor(patience, async () => {
    const { stdout, stderr } = await apply(user, object, '--dry-run=server')
    last = stdout + stderr
    return last.includes(text) ? true : undefined
  })
}

/** Denied, with this among the reasons. */
export function checkDenied(t: Test, { code, stderr }: Finished, text: string): void {
  t.equal(code, 1, stderr)
  t.match(stderr, denied)
  t.ok(stderr.split('\n').includes(text), `${text}\n${stderr}`)
}

/** Whether a line of kubectl's is the warning of a finding; it names the object first. */
export function warnsOf(line: string, text: string): boolean {
  const [, found] = /^Warning: [a-z]+\/[-.a-z0-9*]+: (.*)$/.exec(line) ?? []
  return found === text
}

/** Let in, with this among the warnings. */
export function checkWarned(t: Test, { code, stderr }: Finished, text: string): void {
  t.equal(code, 0, stderr)
  t.ok(
    stderr.split('\n').some((line) => warnsOf(line, text)),
    `${text}\n${stderr}`
  )
}
