import t from 'tap'
import manifest from '../../package.json' with { type: 'json' }
import { launch } from '../../bench/launch.ts'
import { lastOf, pairsOf, parseCopy, parseDockerfile } from '../support/dockerfile.ts'
import { filesBelow, textOf } from './tree.ts'

const text = textOf('Dockerfile')
const [build, run] = parseDockerfile(text)
const nothing = { name: undefined, base: '', instructions: [] }
const entrypoint = JSON.parse(lastOf(run ?? nothing, 'ENTRYPOINT')) as string[]
const environment = pairsOf(run ?? nothing, 'ENV')

void t.test('no base can be had without a digest', (test) => {
  for (const { base } of [build ?? nothing, run ?? nothing]) test.match(base, /^\$\{[A-Z_]+\}@\$\{[A-Z_]+_DIGEST\}$/)
  test.notMatch(text, /^ARG [A-Z]+_DIGEST=/m, 'there is none by default')
  test.end()
})

void t.test('the image starts node as npm start does', (test) => {
  test.strictSame(entrypoint.slice(1, -1), launch.nodeFlags)
  test.equal(environment['MALLOC_ARENA_MAX'], launch.environment['MALLOC_ARENA_MAX'])
  test.end()
})

void t.test('it runs as a user without a name and without rights, and is labelled', (test) => {
  test.match(lastOf(run ?? nothing, 'USER'), /^[1-9]\d*:[1-9]\d*$/, 'in numbers, as runAsNonRoot wants it')
  const labels = pairsOf(run ?? nothing, 'LABEL')
  test.equal(labels['org.opencontainers.image.licenses'], manifest.license)
  test.equal(labels['org.opencontainers.image.description'], manifest.description)
  test.end()
})

void t.test('no shell is needed at run time, and nothing is made in the last stage', (test) => {
  const names = new Set(run?.instructions.map(({ name }) => name))
  test.strictSame([...names], ['ARG', 'LABEL', 'COPY', 'ENV', 'USER', 'EXPOSE', 'ENTRYPOINT'])
  test.equal(entrypoint[0]?.startsWith('/'), true)
  test.end()
})

void t.test('the build gets what is copied, and nothing else', (test) => {
  const copies = [build ?? nothing, run ?? nothing].flatMap(({ instructions }) =>
    instructions.filter(({ name }) => name === 'COPY').map(({ rest }) => parseCopy(rest))
  )
  const copied = copies.flatMap(({ from, sources }) => (from === undefined ? sources : []))
  const admitted = textOf('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  test.strictSame(new Set(admitted.map((line) => line.slice(1))), new Set(copied))
  test.match(textOf('.dockerignore'), /^\*$/m)
  const there = filesBelow('.')
  for (const source of copied)
    test.ok(
      there.some((file) => file === source || file.startsWith(`${source}/`)),
      source
    )
  test.end()
})

void t.test('what is not understood of a Dockerfile is not passed over', (test) => {
  test.throws(() => parseDockerfile('FROM x\nVOLUME /data\n'), { message: 'Dockerfile: cannot read "VOLUME /data"' })
  test.throws(() => parseCopy('--chown=1:1 a b'), { message: 'Dockerfile: cannot read COPY --chown=1:1 a b' })
  test.throws(() => parseCopy('a'), { message: 'Dockerfile: cannot read COPY a' })
  const [stage] = parseDockerfile('# a comment\nARG A\nFROM x@y AS z\nENV A=1 \\\n    B="2 3"\n')
  test.match(stage, { name: 'z', base: 'x@y' })
  test.strictSame(pairsOf(stage ?? nothing, 'ENV'), { A: '1', B: '2 3' })
  test.throws(() => lastOf(stage ?? nothing, 'USER'), { message: 'Dockerfile: no USER' })
  test.end()
})
