{{/* The configuration file: `config`, and what follows from other values. */}}
{{- define "holdfast.config" -}}
{{- $name := include "holdfast.fullname" . -}}
{{- $own := dict
  "tls" (dict "certificateFile" "/etc/holdfast/tls/tls.crt" "keyFile" "/etc/holdfast/tls/tls.key")
  "certificates" (dict
    "mode" .Values.certificates.mode
    "namespace" .Release.Namespace
    "serviceName" (printf "%s-webhook" $name)
    "configurationName" $name)
  "excludedNamespaces" (prepend .Values.excludedNamespaces .Release.Namespace | uniq)
  "controller" (dict "leaseName" (printf "%s-controller" $name) "leaseNamespace" .Release.Namespace)
-}}
{{- if eq .Values.certificates.mode "self-managed" }}{{ $_ := set $own.certificates "secretName" (include "holdfast.secret" .) }}{{ end -}}
{{- if .Values.defaultMode }}{{ $_ := set $own "defaultMode" .Values.defaultMode }}{{ end -}}
{{- if not .Values.controller.enabled }}{{ $_ := set $own "companion" (dict "enabled" false) }}{{ end -}}
{{- if .Values.scan.enabled }}{{ $_ := set $own "scan" .Values.scan }}{{ end -}}
{{- if .Values.reports.enabled }}{{ $_ := set $own "reports" .Values.reports }}{{ end -}}
{{- $_ := set $own "operators" (dict "trusted" (include "holdfast.trusted" . | fromJsonArray)) -}}
{{- mergeOverwrite (deepCopy .Values.config) $own | toYaml }}
{{- end }}

{{/* Users that are never denied: those of `config`, and our own controller, whose budgets have owners of Kubernetes' own kinds. A list, in JSON. */}}
{{- define "holdfast.trusted" -}}
{{- $trusted := (.Values.config.operators | default dict).trusted | default list -}}
{{- if .Values.controller.enabled -}}
{{- $trusted = prepend $trusted (printf "system:serviceaccount:%s:%s" .Release.Namespace (include "holdfast.serviceAccount" (list . "controller"))) -}}
{{- end -}}
{{- toJson $trusted }}
{{- end }}

{{/* One setting of `server`, or its default; takes the root context, the key and the default. */}}
{{- define "holdfast.server" -}}
{{- $server := (index . 0).Values.config.server | default dict -}}
{{- $key := index . 1 -}}
{{- hasKey $server $key | ternary (get $server $key) (index . 2) }}
{{- end }}

{{- define "holdfast.httpsPort" -}}{{ include "holdfast.server" (list . "port" 8443) }}{{- end }}
{{- define "holdfast.healthPort" -}}{{ include "holdfast.server" (list . "healthPort" 8080) }}{{- end }}

{{/* After the hook calls are still answered for a while; then they are ended, within five seconds, and the process goes. */}}
{{- define "holdfast.webhookGrace" -}}
{{- add .Values.webhook.preStopSeconds (include "holdfast.server" (list . "drainSeconds" 15) | int) 10 }}
{{- end }}
