/** As much of a kind of an operator as what we write of it is checked by. */
function customKind(group: string, kind: string, required: Readonly<Record<string, object>>): object {
  const plural = `${kind.toLowerCase()}s`
  const spec = {
    type: 'object',
    required: Object.keys(required),
    properties: required,
    'x-kubernetes-preserve-unknown-fields': true
  }
  const schema = { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Of a group of Kubernetes, which the API server otherwise does not serve.
      ...(group.endsWith('.k8s.io') && { annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } })
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: 'v1', served: true, storage: true, schema }]
    }
  }
}

const text = { type: 'string' }
const reference = { type: 'object', required: ['name'], properties: { name: text, kind: text, group: text } }
const texts = { type: 'object', additionalProperties: text }
const rule = {
  type: 'object',
  required: ['alert', 'expr'],
  properties: {
    alert: text,
    expr: text,
    for: { type: 'string', pattern: '^[0-9]+[mh]$' },
    labels: texts,
    annotations: texts
  }
}
const groups = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'rules'],
    properties: { name: text, rules: { type: 'array', minItems: 1, items: rule } }
  }
}
const relabelings = {
  type: 'array',
  items: { type: 'object', properties: { action: text, regex: text, sourceLabels: { type: 'array', items: text } } }
}
const endpoints = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['port'],
    properties: {
      port: text,
      interval: { type: 'string', pattern: '^[0-9]+[smh]$' },
      scrapeTimeout: { type: 'string', pattern: '^[0-9]+[smh]$' },
      relabelings,
      metricRelabelings: relabelings
    }
  }
}

/** Those of cert-manager and of the Prometheus operator, for an API server that is to take our objects of them. */
export const customKinds = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    customKind('cert-manager.io', 'Issuer', {}),
    customKind('cert-manager.io', 'Certificate', { secretName: text, issuerRef: reference }),
    customKind('monitoring.coreos.com', 'ServiceMonitor', {
      endpoints,
      selector: { type: 'object', properties: { matchLabels: texts } }
    }),
    customKind('monitoring.coreos.com', 'PrometheusRule', { groups })
  ]
}

/** That of the vertical-pod-autoscaler, which has its own updater and admission. */
export const verticalAutoscalerKind = customKind('autoscaling.k8s.io', 'VerticalPodAutoscaler', {
  targetRef: { type: 'object', required: ['kind', 'name'], properties: { apiVersion: text, kind: text, name: text } }
})
