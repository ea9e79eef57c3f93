import type { Report, Result } from '../../src/report/report.ts'

/** A required result of the Deployment web, or as given. */
export function resultOf(given: Partial<Result> = {}): Result {
  return {
    policy: 'readiness-probe',
    severity: 'required',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    container: 'web',
    field: 'spec.template.spec.containers[name=web].readinessProbe',
    problem: 'has none',
    hedge: '',
    fix: 'add one',
    text: 'deployment/web: [readiness-probe] containers[name=web].readinessProbe: has none; add one',
    fixable: true,
    location: { file: 'web.yaml', line: 7, column: 3, endLine: 7, endColumn: 9 },
    ...given
  }
}

/** A report of these results, which says that each is of an object and a file of its own; or as given. */
export function reportOf(results: readonly Result[], given: Partial<Report> = {}): Report {
  const count = (severity: Result['severity']) => results.filter((result) => result.severity === severity).length
  return {
    apiVersion: 'holdfast.dev/v1',
    kind: 'Report',
    command: 'lint',
    version: '1.2.3',
    summary: {
      files: results.length,
      objects: results.length,
      required: count('required'),
      advised: count('advised'),
      unknown: count('unknown'),
      fixable: results.filter(({ fixable }) => fixable).length,
      exempted: 0,
      baselined: 0
    },
    results,
    incomplete: [],
    stale: [],
    ...given
  }
}
