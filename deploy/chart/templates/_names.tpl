{{- define "holdfast.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What all names begin with. The longest ending is "-controller-metrics". */}}
{{- define "holdfast.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 44 | trimSuffix "-" }}
{{- else }}
{{- $name := include "holdfast.name" . }}
{{- (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) | trunc 44 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Labels of pods. The version of the chart is not one of them, because it would restart pods that are the same. */}}
{{- define "holdfast.podLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "holdfast.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels of objects that belong to both components. */}}
{{- define "holdfast.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/name: {{ include "holdfast.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The annotations of an object, if it has any. Takes the root context, then maps; the first map that has a key wins. */}}
{{- define "holdfast.annotations" -}}
{{- $annotations := dict -}}
{{- range rest . }}{{ $annotations = merge $annotations (. | default dict) }}{{ end -}}
{{- with merge $annotations (first .).Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{/* Labels of the objects of one component; takes the root context and its name. */}}
{{- define "holdfast.componentLabels" -}}
{{- $root := index . 0 -}}
{{ include "holdfast.labels" $root }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* What its pods are found by. It cannot be changed by an upgrade. */}}
{{- define "holdfast.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "holdfast.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "holdfast.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $own := index $root.Values (index . 1) -}}
{{- if $own.serviceAccount.create -}}
{{ $own.serviceAccount.name | default (printf "%s-%s" (include "holdfast.fullname" $root) (index . 1)) }}
{{- else -}}
{{ required (printf "%s.serviceAccount.name is needed where none is created" (index . 1)) $own.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The Secret that holds the serving certificate. */}}
{{- define "holdfast.secret" -}}
{{- if eq .Values.certificates.mode "files" -}}
{{ required "certificates.files.secretName is needed for certificates.mode: files" .Values.certificates.files.secretName }}
{{- else -}}
{{ include "holdfast.fullname" . }}-certificates
{{- end }}
{{- end }}

{{- define "holdfast.image" -}}
{{- $registry := (.Values.global | default dict).imageRegistry | default .Values.image.registry -}}
{{- $name := list $registry .Values.image.repository | compact | join "/" -}}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}
