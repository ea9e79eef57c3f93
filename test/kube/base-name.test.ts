import t from 'tap'
import { baseName } from '../../src/kube/base-name.ts'

void t.test('the base name is what follows the last slash', (test) => {
  test.equal(baseName('sleep'), 'sleep')
  test.equal(baseName('/usr/bin/sleep'), 'sleep')
  test.equal(baseName('registry.example:5000/team/app:1.4'), 'app:1.4')
  test.equal(baseName('usr/bin/'), '')
  test.equal(baseName(''), '')
  test.end()
})
