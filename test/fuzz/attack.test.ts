import t from 'tap'
import { measure } from './attack/measure.ts'

/** Two of them, not held for long: `npm run fuzz -- --attack` runs all. */
for (const attack of ['bodies', 'endless']) {
  void t.test(`the attack ${attack} ends no process, and others are answered`, async (test) => {
    const { end, failed, sentBack, answered } = await measure('src/main.ts', attack, 500)
    test.strictSame({ end, failed, sentBack }, { end: 'alive', failed: 0, sentBack: 0 })
    test.ok(answered > 10, `${answered} reviews of others`)
  })
}
