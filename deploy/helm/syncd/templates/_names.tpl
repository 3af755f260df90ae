{{- define "syncd.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "syncd.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The daemon's pods, and not those of the job. */}}
{{- define "syncd.daemon" -}}
{{ include "syncd.selector" . }}
app.kubernetes.io/component: daemon
{{- end }}

{{- define "syncd.labels" -}}
{{ include "syncd.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "syncd.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "syncd.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "syncd.name" .) }}
{{- end }}

{{/* What every pod of syncd's is allowed: nothing. */}}
{{- define "syncd.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "syncd.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "syncd.env" -}}
- name: SYNCD_CONFIG
  value: /etc/syncd/syncd.toml
- name: SYNCD_ARCHIVE__SPOOL
  value: /var/lib/syncd/spool
{{- if .Values.archiveClaim }}
- name: SYNCD_ARCHIVE__SHARED
  value: "true"
{{- end }}
{{- if .Values.secret }}
- name: SYNCD_SECRETS_DIR
  value: /run/secrets/syncd
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "syncd.mounts" -}}
- name: config
  mountPath: /etc/syncd
  readOnly: true
{{- if .Values.secret }}
- name: secret
  mountPath: /run/secrets/syncd
  readOnly: true
{{- end }}
- name: state
  mountPath: /var/lib/syncd
- name: tmp
  mountPath: /tmp
{{- if .Values.archiveClaim }}
- name: archive
  mountPath: /var/lib/syncd/archive
{{- end }}
{{- end }}

{{- define "syncd.volumes" -}}
- name: config
  configMap:
    name: {{ include "syncd.name" . }}
{{- if .Values.secret }}
- name: secret
  secret:
    secretName: {{ .Values.secret }}
    defaultMode: 0440
{{- end }}
- name: state
  emptyDir:
    sizeLimit: {{ .Values.spool.sizeLimit }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if .Values.archiveClaim }}
- name: archive
  persistentVolumeClaim:
    claimName: {{ .Values.archiveClaim }}
{{- end }}
{{- end }}
