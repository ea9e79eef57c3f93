import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { blocksIn } from '../contract/pages.ts'
import { textOf } from '../contract/tree.ts'
import { away, packInto } from '../support/packed.ts'

/** The first part of docs/ci.md: files to write, commands to run, and what they print. */
const [, walk = ''] = textOf('docs/ci.md').split(/^## /m)

void t.test('the walk-through of docs/ci.md does what it says', (test) => {
  const options = away(test)
  const tarball = packInto(options.cwd, options)
  const env = { ...options.env, npm_config_yes: 'true' }
  let output = ''
  let commands = 0
  for (const { language, text } of blocksIn(walk)) {
    const [, file] = /^# (\S+)\n/.exec(text) ?? []
    if (language === 'yaml' && file !== undefined) {
      mkdirSync(join(options.cwd, dirname(file)), { recursive: true })
      writeFileSync(join(options.cwd, file), text)
    } else if (language === 'sh' && !text.startsWith('npm ')) {
      test.ok(text.includes(tarball), `it runs ${tarball}`)
      const { stdout, stderr } = spawnSync('bash', ['-c', text], { ...options, env })
      output = stdout + stderr
      commands++
    } else if (language === 'text' || language === 'diff') test.equal(output, text)
  }
  test.ok(commands >= 3, `${commands} commands are run`)
  test.end()
})
