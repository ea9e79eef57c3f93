import { Counter, Gauge, type Registry } from 'prom-client'
import type { Inventory } from '../../inventory/inventory.ts'

/** Adds the metrics of the objects that are kept of the cluster. Their names and labels are an interface: dashboards and alerts read them. */
export function gaugeInventory(registry: Registry, inventory: Pick<Inventory, 'size' | 'leftOut' | 'steps'>): void {
  const bytes: Gauge = new Gauge({
    name: 'holdfast_inventory_bytes',
    help: 'Estimated memory of the cluster objects that are kept, in bytes.',
    registers: [registry],
    collect: (): void => bytes.set(inventory.size)
  })
  const ended: Counter = new Counter({
    name: 'holdfast_fact_searches_ended_total',
    help: 'Searches for facts that stopped after too many objects. Their facts are unknown.',
    registers: [registry],
    collect: (): void => {
      ended.reset()
      ended.inc(inventory.steps.exceeded)
    }
  })
  const leftOut: Gauge = new Gauge({
    name: 'holdfast_inventory_left_out',
    help: 'Objects that are not kept because they are too large or memory is full. Facts of their namespaces are unknown.',
    labelNames: ['resource'],
    registers: [registry],
    collect: (): void => {
      for (const [resource, count] of inventory.leftOut()) leftOut.set({ resource }, count)
    }
  })
}
