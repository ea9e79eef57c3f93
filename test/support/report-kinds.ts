const text = { type: 'string' }
const count = { type: 'integer' }
const outcomes = ['pass', 'fail', 'warn', 'error', 'skip']
const objectReference = {
  type: 'object',
  properties: Object.fromEntries(
    ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'resourceVersion', 'fieldPath'].map((name) => [name, text])
  )
}
const result = {
  type: 'object',
  required: ['policy'],
  properties: {
    source: text,
    policy: text,
    rule: text,
    category: text,
    severity: { type: 'string', enum: ['critical', 'high', 'low', 'medium', 'info'] },
    timestamp: {
      type: 'object',
      required: ['seconds', 'nanos'],
      properties: { seconds: { ...count, format: 'int64' }, nanos: { ...count, format: 'int32' } }
    },
    result: { type: 'string', enum: outcomes },
    scored: { type: 'boolean' },
    resources: { type: 'array', items: objectReference },
    message: text,
    properties: { type: 'object', additionalProperties: text }
  }
}
const columns = outcomes.map((name) => ({
  name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
  type: 'integer',
  jsonPath: `.summary.${name}`
}))

/** A kind of report, with the fields that are published for it: what has no place in them, the API server drops. */
function reportKind(group: string, version: string, kind: string, besides: Readonly<Record<string, object>>): object {
  const [singular, plural] = [kind.toLowerCase(), `${kind.toLowerCase()}s`]
  const properties = {
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    scope: objectReference,
    summary: { type: 'object', properties: Object.fromEntries(outcomes.map((name) => [name, count])) },
    results: { type: 'array', items: result },
    ...besides
  }
  const additionalPrinterColumns = [
    { name: 'Kind', type: 'string', jsonPath: '.scope.kind', priority: 1 },
    { name: 'Name', type: 'string', jsonPath: '.scope.name', priority: 1 },
    ...columns,
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }
  ]
  const schema = { openAPIV3Schema: { type: 'object', properties } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Of a group of Kubernetes, which the API server otherwise does not serve.
      ...(group.endsWith('k8s.io') && { annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } })
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular, kind },
      versions: [{ name: version, served: true, storage: true, schema, additionalPrinterColumns }]
    }
  }
}

/** Fields: openreports/reports-api apis/openreports.io/v1alpha1/report_types.go. */
export const openReportKind = reportKind('openreports.io', 'v1alpha1', 'Report', { source: text })
/** Fields: kubernetes-sigs/wg-policy-prototypes policy-report/pkg/api/wgpolicyk8s.io/v1alpha2/policyreport_types.go. */
export const policyReportKind = reportKind('wgpolicyk8s.io', 'v1alpha2', 'PolicyReport', {})
