import { readFileSync } from 'node:fs'
import t from 'tap'
import { explain } from '../../src/commands/explain.ts'
import { lint, lintFlags } from '../../src/commands/lint.ts'
import { blocksIn } from '../contract/pages.ts'
import { textOf } from '../contract/tree.ts'
import { folderWith, look } from './look-here.ts'

const page = textOf('docs/lint.md')
const blocks = blocksIn(page)
const textsIn = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text)

/** The file that the page talks of, and does not show. */
const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example/web:1.4.2
          ports: [{ containerPort: 8080 }]
          resources: { requests: { cpu: 100m, memory: 128Mi } }
`

/** What a session shows: each command, and what it prints. */
function sessionOf(text: string): { command: string; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return { command: part.slice(0, end), output: part.slice(end + 1) }
    })
}

/** The arguments of `holdfast lint` in a command line; undefined for other programs. */
function argumentsOf(command: string): readonly string[] | undefined {
  const [program, name, ...args] = command.replace(/ +# .*/, '').split(/ +/)
  return program === 'holdfast' && name === 'lint' ? args : undefined
}

for (const session of textsIn('console')) {
  void t.test('a session of the page shows what the commands print', async (test) => {
    folderWith(test, { 'web.yaml': web })
    for (const { command, output } of sessionOf(session)) {
      const args = argumentsOf(command)
      const [program, file = ''] = command.split(' ')
      if (args === undefined) test.equal(program, 'cat')
      const { stdout, stderr } =
        args === undefined ? { stdout: readFileSync(file, 'utf8'), stderr: '' } : await look(lint, args)
      test.equal(stdout + stderr, output, command)
    }
  })
}

void t.test('the other commands of the page run', async (test) => {
  folderWith(test, { 'deploy/web.yaml': web, 'budgets/web.yaml': web.replaceAll('web', 'other') })
  const commands = textsIn('sh').flatMap((text) => text.trim().split('\n'))
  let count = 0
  for (const command of commands) {
    const args = argumentsOf(command)
    // The processes of other tests show that it reads standard input.
    if (args === undefined) test.match(command, /^helm template .* \| holdfast lint - # /)
    else {
      const { status, stderr } = await look(lint, args)
      test.strictSame({ status, stderr }, { status: 1, stderr: '' }, command)
      count++
    }
  }
  test.equal(count, 3)
  test.match(JSON.parse(readFileSync('holdfast.sarif', 'utf8')), { version: '2.1.0' })
})

void t.test('its configuration is one', async (test) => {
  const [config = ''] = textsIn('yaml')
  folderWith(test, { 'web.yaml': web, '.holdfast.yaml': config, '.holdfast-baseline': '' })
  const { status, stdout } = await look(lint, [])
  test.equal(status, 1)
  test.match(stdout, /\.holdfast\.yaml: lint\.exemptions\[0\] \(readiness-probe\)/)
})

void t.test('every policy that it explains is one, and every flag', async (test) => {
  for (const [, policy = ''] of page.matchAll(/holdfast explain ([a-z-]+)/g)) {
    const { status, stderr } = await look(([id = ''], outside) => explain(id, outside), [policy])
    test.strictSame({ status, stderr }, { status: 0, stderr: '' }, policy)
  }
  const flags = new Set(lintFlags.map(({ name }) => name))
  for (const [, name = ''] of page.matchAll(/--([a-z][a-z-]+)/g)) test.ok(flags.has(name), name)
})
