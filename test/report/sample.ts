import type { Report, Result } from '../../src/report/report.ts'

/** A report of one finding of each severity, one exempt, one in the baseline, one of a file that could not be read. */
export const sample: Report = {
  apiVersion: 'holdfast.dev/v1',
  kind: 'Report',
  command: 'lint',
  version: '1.2.3',
  summary: { files: 3, objects: 4, required: 1, advised: 1, unknown: 1, fixable: 1, exempted: 1, baselined: 1 },
  results: [
    resultOf({
      policy: 'min-replicas',
      field: 'spec.replicas',
      problem: 'runs 1 replica',
      fix: 'set it to 2 or more',
      text: 'deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more',
      location: { file: 'apps/web.yaml', line: 6, column: 3, endLine: 6, endColumn: 14 }
    }),
    resultOf({
      policy: 'readiness-probe',
      severity: 'advised',
      container: 'web',
      field: 'spec.template.spec.containers[name=web].readinessProbe',
      problem: 'has no readiness probe',
      fix: 'add one',
      text: 'deployment/web: [readiness-probe] spec.template.spec.containers[name=web].readinessProbe: has no readiness probe; add one',
      fixable: true,
      location: { file: 'apps/web.yaml', line: 12, column: 11, endLine: 14, endColumn: 30 },
      insertions: [
        {
          file: 'apps/web.yaml',
          offset: 240,
          line: 14,
          column: 30,
          text: '\n          readinessProbe:\n            tcpSocket:\n              port: 8080'
        }
      ]
    }),
    resultOf({
      policy: 'disruption-budget',
      severity: 'unknown',
      field: 'spec',
      problem: 'no budget covers its pods',
      hedge: 'budgets unknown',
      fix: 'add a PodDisruptionBudget',
      text: 'deployment/web: [disruption-budget] spec: no budget covers its pods (budgets unknown); add a PodDisruptionBudget',
      location: { file: 'apps/web.yaml', line: 5, column: 1, endLine: 14, endColumn: 30 }
    }),
    resultOf({
      policy: 'min-replicas',
      object: { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      field: 'spec.replicas',
      problem: 'runs 1 replica',
      fix: 'set it to 2 or more',
      text: 'statefulset/db: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more',
      suppressed: { by: 'exemption', reason: 'a single writer', until: '2027-01-31' },
      location: { file: 'db/db.yaml', line: 4, column: 3, endLine: 4, endColumn: 14 }
    }),
    resultOf({
      policy: 'topology-spread',
      severity: 'advised',
      object: { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      field: 'spec.template.spec.topologySpreadConstraints',
      problem: 'does not spread its pods',
      fix: 'add constraints',
      text: 'statefulset/db: [topology-spread] spec.template.spec.topologySpreadConstraints: does not spread its pods; add constraints',
      suppressed: { by: 'baseline', reason: 'in the baseline' },
      location: { file: 'db/db.yaml', line: 3, column: 1, endLine: 20, endColumn: 1 }
    })
  ],
  incomplete: [{ file: 'broken.yaml', line: 3, problem: 'a tab indents this line' }],
  stale: ['min-replicas apps/Deployment shop/gone']
}

export const clean: Report = {
  ...sample,
  summary: { files: 1, objects: 1, required: 0, advised: 0, unknown: 0, fixable: 0, exempted: 0, baselined: 0 },
  results: [],
  incomplete: [],
  stale: []
}

/** A report of a cluster: no result has a location. */
export const scanned: Report = {
  ...sample,
  command: 'scan',
  summary: { ...sample.summary, files: 0 },
  results: sample.results.map(({ location: _location, insertions: _insertions, ...result }) => result),
  incomplete: [{ file: '', problem: 'nodes cannot be listed' }]
}

/** A result with what is given instead of plain values. */
export function resultOf(given: Partial<Result>): Result {
  return {
    policy: 'min-replicas',
    severity: 'required',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: '', name: 'web' },
    container: '',
    field: 'spec',
    problem: 'a problem',
    hedge: '',
    fix: 'a fix',
    text: 'deployment/web: [min-replicas] spec: a problem; a fix',
    fixable: false,
    ...given
  }
}
