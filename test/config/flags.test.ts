import t from 'tap'
import { loaderIn } from './load.ts'

const { problemsOf } = loaderIn(t.testdir())

void t.test('what is wrong with a flag names the flag', async (test) => {
  test.strictSame(problemsOf({ flags: ['--prot', '1', '--port', '--standalone=yes', '--servre-version', '1.3'] }), [
    '--prot: no such flag; did you mean --port?',
    '--port: needs a value',
    '--servre-version: no such flag; did you mean --server-version?'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone=yes', '--port='] }), [
    '--standalone: takes no value',
    '--port: needs a value'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone', '--port=x', '--server-version=new'] }), [
    '--server-version: "new" is not a Kubernetes version such as "1.33"',
    '--port: "x" is not a whole number from 0 to 65535'
  ])
})
