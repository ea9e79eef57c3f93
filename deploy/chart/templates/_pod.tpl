{{/* What the pods of both have in common; takes the root context and the name of the component. */}}
{{- define "holdfast.podMetadata" -}}
{{- $root := index . 0 -}}
{{- $own := index $root.Values (index . 1) -}}
annotations:
  # A changed configuration restarts the pods, one after the other.
  checksum/config: {{ include "holdfast.config" $root | sha256sum }}
  {{- with $own.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
labels:
  {{- include "holdfast.podLabels" . | nindent 2 }}
  {{- with $own.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "holdfast.pullSecrets" -}}
{{- with concat .Values.imagePullSecrets ((.Values.global | default dict).imagePullSecrets | default list) | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "holdfast.podSpec" -}}
{{- $root := index . 0 -}}
{{- $own := index $root.Values (index . 1) -}}
serviceAccountName: {{ include "holdfast.serviceAccount" . }}
# Variables for the Services of the namespace are not read.
enableServiceLinks: false
{{- with $own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- include "holdfast.pullSecrets" $root }}
{{- with $root.Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
tolerations:
  {{- with $own.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  # A lost node's pods are replaced after a minute, not after five. Of several tolerations the first one counts.
  {{- range list "not-ready" "unreachable" }}
  - { key: node.kubernetes.io/{{ . }}, operator: Exists, effect: NoExecute, tolerationSeconds: 60 }
  {{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if kindIs "slice" $own.topologySpreadConstraints }}
{{- with $own.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- else }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "holdfast.selectorLabels" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{- define "holdfast.container" -}}
{{- $root := index . 0 -}}
{{- $own := index $root.Values (index . 1) -}}
name: {{ index . 1 }}
image: {{ include "holdfast.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args:
  - {{ index . 1 }}
  - --config=/etc/holdfast/config/holdfast.yaml
  {{- with $own.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $own.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.resources }}
# The image limits the heap to six tenths of the memory limit.
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
startupProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: health }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- if $own.preStopSeconds }}
lifecycle:
  preStop:
    sleep: { seconds: {{ $own.preStopSeconds }} }
{{- end }}
{{- end }}
