import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { slim } from '../../src/inventory/slim.ts'
import { admitOf, ask, copyOf } from '../support/workloads.ts'
import { setting, workload } from './generated.ts'
import { law } from './law.ts'

law(
  'what a facts file has of a workload is judged and repaired as the workload is',
  fc.tuple(setting, workload),
  (one) => {
    const [given, { object, resource, kind }] = one
    const admit = admitOf(given)
    const whole = { ...copyOf(object), apiVersion: 'x/v1', kind }
    const saved = slim(copyOf(whole))
    for (const endpoint of ['enforce', 'mutate'] as const) {
      assert.deepEqual(
        ask(admit, endpoint, { object: saved, resource }),
        ask(admit, endpoint, { object: whole, resource })
      )
    }
    assert.deepEqual(slim(structuredClone(saved)), saved)
  }
)
