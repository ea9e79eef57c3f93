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

{{/* Of what belongs to both. Helm adds its own label to what it installs. */}}
{{- define "holdfast.labels" -}}
app.kubernetes.io/name: {{ include "holdfast.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of one component; takes the root context and its name. */}}
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
{{- $name := list .Values.image.registry .Values.image.repository | compact | join "/" -}}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}
