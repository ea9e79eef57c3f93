{{/* Namespaces of a mode; takes the root context and the list of modes. Without a label the default mode counts; `off` is none.
In JSON, since YAML takes a bare off, or a namespace called no, for false. */}}
{{- define "holdfast.namespaceSelector" -}}
{{- $root := index . 0 -}}
{{- $modes := index . 1 -}}
{{- $others := list -}}
{{- range list "audit" "warn" "enforce" "off" }}{{ if not (has . $modes) }}{{ $others = append $others . }}{{ end }}{{ end -}}
matchExpressions:
  {{- if has $root.Values.defaultMode $modes }}
  - { key: holdfast.dev/mode, operator: NotIn, values: {{ $others | toJson }} }
  {{- else }}
  - { key: holdfast.dev/mode, operator: In, values: {{ $modes | toJson }} }
  {{- end }}
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "holdfast.excluded" $root }} }
{{- end }}

{{/* Namespaces that are never asked about, in JSON. */}}
{{- define "holdfast.excluded" -}}
{{- concat (list "kube-system" "kube-node-lease" "kube-public" .Release.Namespace) .Values.excludedNamespaces | uniq | toJson -}}
{{- end }}

{{/* Where it is called; takes the root context and the path. */}}
{{- define "holdfast.clientConfig" -}}
{{- $root := index . 0 -}}
{{- $service := $root.Values.webhook.service -}}
service: { namespace: {{ $root.Release.Namespace }}, name: {{ include "holdfast.fullname" $root }}-webhook, port: {{ $service.port }}, path: {{ index . 1 }} }
{{- if eq $root.Values.certificates.mode "files" }}
caBundle: {{ required "certificates.files.caBundle is needed for certificates.mode: files" $root.Values.certificates.files.caBundle | b64enc }}
{{- end }}
{{- end }}

{{/* The users that admission counts as controllers: see src/admission/author.ts. */}}
{{- define "holdfast.matchConditions" -}}
{{- $operators := .Values.config.operators | default dict -}}
# What a controller makes of a workload is not judged again: its pods must come back even while Holdfast is away.
# Anyone may write an owner into a manifest, so the author counts as well: Kubernetes itself, or an operator.
- name: not-a-part
  expression: >-
    !(request.resource.resource in ['pods', 'replicasets', 'jobs']) || object == null || !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller && (
    request.userInfo.username == 'system:kube-controller-manager' || request.userInfo.username.startsWith('system:node:') ||
    request.userInfo.username.startsWith('system:serviceaccount:kube-system:')
    {{- with $operators.trusted }} ||
    request.userInfo.username in {{ toJson . }}
    {{- end }}
    {{- if not $operators.onlyTrusted }} ||
    (owner.apiVersion.contains('.') && !owner.apiVersion.contains('.k8s.io/') &&
    request.userInfo.username.startsWith('system:serviceaccount:') &&
    !request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':'))
    {{- end }}))
{{- with .Values.webhook.matchConditions }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "holdfast.configurationMetadata" -}}
name: {{ include "holdfast.fullname" . }}
labels:
  {{- include "holdfast.componentLabels" (list . "webhook") | nindent 2 }}
{{- $annotations := merge dict .Values.webhook.configurationAnnotations .Values.commonAnnotations }}
{{- if eq .Values.certificates.mode "cert-manager" }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" (printf "%s/%s-webhook" .Release.Namespace (include "holdfast.fullname" .)) }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
