import t from 'tap'
import { companionLabels, isCompanion } from '../../src/engine/api.ts'

const managedBy = 'app.kubernetes.io/managed-by'
const mark = 'holdfast.dev/companion'

void t.test('a budget with both labels is a companion, whatever else it has', (test) => {
  test.strictSame(companionLabels, { [managedBy]: 'holdfast', [mark]: 'true' })
  test.ok(isCompanion({ labels: companionLabels }))
  test.ok(isCompanion({ labels: { ...companionLabels, team: 'shop' } }))
  test.end()
})

void t.test('without one of them it is whoever wrote it', (test) => {
  for (const labels of [
    {},
    { [managedBy]: 'holdfast' },
    { [mark]: 'true' },
    { [managedBy]: 'Helm', [mark]: 'true' },
    { [managedBy]: 'holdfast', [mark]: 'false' },
    Object.create(companionLabels) as Record<string, string>
  ]) {
    test.notOk(isCompanion({ labels }), JSON.stringify(labels))
  }
  test.notOk(isCompanion({}))
  test.end()
})
