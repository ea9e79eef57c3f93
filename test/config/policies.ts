import { definePolicy, type Policy } from '../../src/engine/policy.ts'

const minReplicas = definePolicy({
  id: 'min-replicas',
  title: 'Enough replicas run',
  since: 'v1',
  appliesTo: ['Deployment'],
  needs: [],
  parameters: {
    minimum: {
      type: 'integer',
      description: 'How many are enough',
      minimum: 1,
      maximum: 100,
      default: 2,
      profiles: { critical: 3 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  injects: [],
  check: () => []
})

const topologySpread = definePolicy({
  id: 'topology-spread',
  title: 'Pods are spread',
  since: 'v1',
  appliesTo: ['Deployment'],
  needs: [],
  parameters: {
    over: { type: 'choice', description: 'What they are spread over', choices: ['node', 'zone'], default: 'node' },
    keys: {
      type: 'list',
      description: 'Other keys',
      items: { title: 'a label key', pattern: /^[a-z]+$/ },
      default: []
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: [],
  check: () => []
})

const readinessProbe = definePolicy({
  id: 'readiness-probe',
  title: 'Readiness is probed',
  since: 'v1',
  appliesTo: ['Deployment'],
  needs: [],
  parameters: {},
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: [],
  check: () => []
})

const disruptionBudget = definePolicy({
  id: 'disruption-budget',
  title: 'A budget selects its pods',
  since: 'v1',
  appliesTo: ['Deployment'],
  needs: [],
  parameters: {},
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  atMost: 'advised',
  injects: [],
  check: () => []
})

/** A small catalogue, so that these tests do not follow the real one. */
export const fewPolicies: readonly Policy[] = [minReplicas, topologySpread, readinessProbe, disruptionBudget]
