import t from 'tap'
import { costOf, isLinear } from './cost.ts'
import { shapes } from './shapes.ts'

for (const [name, build] of Object.entries(shapes)) {
  void t.test(`judging takes no more than in proportion: ${name}`, (test) => {
    const cost = costOf(build)
    test.ok(isLinear(cost), `${cost.ms.map((ms) => ms.toFixed(1)).join(', ')} ms of CPU at sizes 1, 2 and 4`)
    test.end()
  })
}
