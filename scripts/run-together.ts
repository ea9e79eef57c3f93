// Runs several test files in one process: `TEST_FILES` names them, a line each. The tests of each follow a comment that names it.
import { resolve } from 'node:path'
import t from 'tap'
import { startOfFile } from './count-tests.ts'

for (const file of (process.env['TEST_FILES'] ?? '').split('\n')) {
  t.comment(startOfFile(file))
  try {
    // oxlint-disable-next-line no-await-in-loop -- the tests of one file come after those of another
    await import(resolve(file))
  } catch (error) {
    t.fail('the file does not load', { error })
  }
}
