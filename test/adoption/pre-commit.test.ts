import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { textOf } from '../contract/tree.ts'
import { away } from '../support/packed.ts'

interface Hook {
  id: string
  name: string
  description: string
  entry: string
  args: readonly string[]
  language: string
  types_or: readonly string[]
  pass_filenames: boolean
  require_serial: boolean
}

const hooks = parse(textOf('.pre-commit-hooks.yaml')) as readonly Hook[]
const main = join(import.meta.dirname, '../../src/main.ts')

void t.test('there are two hooks, which judge the whole set', (test) => {
  test.strictSame(
    hooks.map(({ id }) => id),
    ['holdfast-lint', 'holdfast-fix']
  )
  for (const hook of hooks) {
    test.match(hook, { language: 'system', pass_filenames: false, require_serial: true, types_or: ['yaml', 'json'] })
    test.strictSame(hook.args, ['.'])
    test.match(hook.description, /^\S.{9,}/)
  }
  test.end()
})

void t.test('the entry of the hook for lint runs, and fails for findings', (test) => {
  const options = away(test)
  const bin = join(options.cwd, '../bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'holdfast'), `#!/bin/sh\nexec node '${main}' "$@"\n`, { mode: 0o755 })
  writeFileSync(join(options.cwd, 'web.yaml'), readFileSync(join(main, '../../docs/examples/web.yaml')))
  const env = { ...options.env, PATH: [bin, options.env['PATH']].join(delimiter) }
  const [hook] = hooks
  const [command = '', ...rest] = hook?.entry.split(' ') ?? []
  const ended = spawnSync(command, [...rest, ...(hook?.args ?? [])], { ...options, env })
  test.equal(ended.status, 1)
  test.match(ended.stdout, /1 file, 1 object: 3 required/)
  test.end()
})
