import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { type Block, blocksIn } from '../contract/pages.ts'
import { openApi } from '../support/cluster-api.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { serveService } from '../support/cluster-service.ts'
import { type Shell, shellOf } from '../support/cluster-shell.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startInstalled } from '../support/installed-processes.ts'
import { commandsIn } from '../support/page-commands.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/install.md'), 'utf8')

/** The commands of a section, each with what the page says that they print. */
function stepsIn(heading: string): readonly { readonly commands: string; readonly prints: string | undefined }[] {
  const start = page.indexOf(`\n## ${heading}\n`)
  if (start < 0) throw new Error(`docs/install.md has no section ${heading}`)
  const end = page.indexOf('\n## ', start + 1)
  const blocks: readonly Block[] = blocksIn(page.slice(start, end < 0 ? undefined : end))
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh') return []
    const next = blocks[index + 1]
    return [{ commands: text, prints: next?.language === 'text' ? next.text.trim() : undefined }]
  })
}

/** Where the page says what is printed, what was just labelled or made may take the cluster a moment: a person would be slower. */
async function follow(t: Test, shell: Shell, heading: string): Promise<void> {
  const steps = stepsIn(heading)
  t.ok(steps.length > 0, `${steps.length} steps`)
  for (const { commands, prints } of steps) {
    if (prints === undefined) {
      await mustRun(t, shell, commands)
      continue
    }
    let printed = ''
    const seen = waitFor({ what: commands, seconds: 20, everyMilliseconds: 500 }, async () => {
      const { stdout, stderr } = await shell(commands)
      printed = `${stderr}${stdout}`.trim()
      return printed === prints ? true : undefined
    })
    await seen.catch(() => {})
    t.equal(printed, prints, commands)
  }
}

/** What the nodes of this cluster, which run pods in name only, leave undone. */
async function runPods(t: Test, plane: ControlPlane): Promise<void> {
  const api = openApi(plane)
  t.teardown(() => api.close())
  const service = await serveService(t, api, 'holdfast-webhook')
  const components = ['controller', 'webhook', 'webhook'] as const
  const processes = await Promise.all(components.map((component) => startInstalled(t, plane, api, component)))
  await Promise.all(processes.map(({ untilReady }) => untilReady()))
  for (const webhook of processes.slice(1)) service.add(webhook)
}

/** The commands of a page that begin with a tool. */
function commandsOf(file: string, tool: string): readonly string[] {
  const commands = commandsIn(readFileSync(join(root, file), 'utf8'))
  return commands.filter((command) => command.startsWith(`${tool} `))
}

async function mustRun(t: Test, shell: Shell, commands: string): Promise<string> {
  const { code, stdout, stderr } = await shell(commands)
  t.equal(code, 0, `${commands}\n${stdout}${stderr}`)
  return stdout
}

/** The pages with commands for a cluster that has Holdfast. They also repeat some of docs/install.md. */
const readPages = ['README.md', 'SECURITY.md', 'docs/companions.md', 'docs/certificates.md', 'docs/operations.md']

/** What the other pages say to somebody who has it installed; the last of it turns Holdfast off, and an upgrade turns it on again. */
async function readOn(t: Test, plane: ControlPlane, shell: Shell, tool: string): Promise<void> {
  const items = [
    podsOwnedBy('Deployment', 'web', 2),
    podsOwnedBy('StatefulSet', 'cache', 3),
    podsOwnedBy('StatefulSet', 'db', 3)
  ]
  await plane.kubectl(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } })
  const commands = new Set(readPages.flatMap((file) => commandsOf(file, 'kubectl')))
  for (const followed of commandsIn(page)) commands.delete(followed)
  t.ok(commands.size > 3, `${commands.size} commands`)
  for (const command of [...commands, turnOff]) await mustRun(t, shell, command)
  const configurations = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o name'
  t.equal(await mustRun(t, shell, configurations), '', 'it is off')
  const [upgrade = ''] = commandsOf('docs/upgrade.md', tool)
  await mustRun(t, shell, upgrade)
  t.equal((await mustRun(t, shell, configurations)).trim().split('\n').length, 2, 'it is back')
  if (tool === 'helm') {
    for (const command of commandsOf('docs/reports.md', tool)) await mustRun(t, shell, command)
    t.match(await mustRun(t, shell, 'helm get values holdfast -n holdfast-system'), 'scan:\n  enabled: true')
  }
}

const [turnOff = '', away = '', uninstall = '', companions = ''] = stepsIn('Turning it off, and uninstalling').map(
  ({ commands }) => commands
)
const ways = { 'With kubectl': `${turnOff}${away}`, 'With Helm': uninstall }

for (const [heading, takeAway] of Object.entries(ways)) {
  await tap.test(`docs/install.md, as it is written: ${heading}`, async (t) => {
    const plane = await openControlPlane(t, { kwok: true, granted: false, servicesOnLoopback: true })
    if (plane === undefined) return
    await createNodes(plane)
    const shell = await shellOf(plane)
    await follow(t, shell, heading)
    await runPods(t, plane)
    await follow(t, shell, 'The first namespace')
    await t.test('the commands of other pages', (test) =>
      readOn(test, plane, shell, heading === 'With Helm' ? 'helm' : 'kubectl')
    )
    for (const commands of [takeAway, companions]) await mustRun(t, shell, commands)
    const { stdout } = await shell(
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations,pdb -A -o name'
    )
    t.equal(stdout, '', 'nothing of it is left')
  })
}
