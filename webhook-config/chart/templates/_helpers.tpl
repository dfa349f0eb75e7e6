{{- define "podvault.labels" -}}
app.kubernetes.io/name: podvault
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "podvault.selector" -}}
app.kubernetes.io/name: podvault
{{- end }}

{{- /* Of everything that cert-manager writes the caBundle into. */}}
{{- define "podvault.injectCA" -}}
{{- if eq .Values.certificates "cert-manager" }}
  annotations:
    cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ .Values.tlsSecret }}
{{- end }}
{{- end }}

{{- define "podvault.caBundle" -}}
{{- if eq .Values.certificates "files" }}
    # The authority of the Secret {{ .Values.tlsSecret }} in base64, as `podvault certs` prints it.
    caBundle: {{ .Values.caBundle | quote }}
{{- end }}
{{- end }}

{{- define "podvault.namespaceSelector" -}}
{{- with .Values.namespaceSelector.matchLabels -}}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{ end -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: {{ append .Values.excludedNamespaces .Release.Namespace | toJson }}
{{- with .Values.namespaceSelector.matchExpressions }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* In CEL: which pods are looked at. */}}
{{- define "podvault.matchConditions" -}}
- name: asks-for-podvault
  expression: >-
    has(object.metadata.annotations) && ('podvault.dev/inject' in object.metadata.annotations
    || 'vault.hashicorp.com/agent-inject' in object.metadata.annotations)
# Static pods: the API server cannot change what the kubelet already runs.
- name: no-mirror-pod
  expression: "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)"
{{- end }}
