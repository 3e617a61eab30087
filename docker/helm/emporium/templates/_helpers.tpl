{{- define "emporium.name" -}}
{{- if contains "emporium" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-emporium" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "emporium.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Labels of everything. */}}
{{- define "emporium.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/name: emporium
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: emporium
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that choose the pods of a role: list of root and role. */}}
{{- define "emporium.selector" -}}
app.kubernetes.io/name: emporium
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "emporium.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ include "emporium.name" . }}{{ else }}{{ required "serviceAccount.name: name the account, or let the chart create one" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "emporium.secret" -}}
{{ .Values.secrets.existing | default (printf "%s-secrets" (include "emporium.name" .)) }}
{{- end }}

{{- define "emporium.ports" -}}
users: 4101
products: 4102
orders: 4103
payments: 4104
worker: 4105
router: 4000
{{- end }}

{{- define "emporium.domains" -}}
{{- if has . (list "users" "products" "orders" "payments") }}{{ . }}
{{- else if has . (list "worker" "migration") }}users products orders payments{{ end }}
{{- end }}

{{/* The keys of the secret that a role needs: list of root and role. */}}
{{- define "emporium.secretKeys" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $v := $root.Values }}
{{- $keys := list }}
{{- range splitList " " (include "emporium.domains" $role | trim) }}
{{- if . }}{{ $keys = append $keys (printf "%s_database_url" .) }}{{ end }}
{{- end }}
{{- if $v.kafka.saslMechanism }}{{ $keys = concat $keys (list "kafka_username" "kafka_password") }}{{ end }}
{{- if and $v.elasticsearch.login (has $role (list "products" "worker" "migration")) }}{{ $keys = concat $keys (list "elasticsearch_username" "elasticsearch_password") }}{{ end }}
{{- if and $v.redis.enabled (eq $role "router") }}{{ $keys = append $keys "redis_url" }}{{ end }}
{{- if and (not $v.stripeEmulator.enabled) (has $role (list "payments" "worker")) }}{{ $keys = concat $keys (list "stripe_secret_key" "stripe_publishable_key" "stripe_webhook_secrets") }}{{ end }}
{{- join " " $keys }}
{{- end }}

{{/* The setting that a key of the secret is the value of. */}}
{{- define "emporium.settingOf" -}}
{{- get (dict
  "users_database_url" "EMPORIUM__DATABASE__USERS_FILE"
  "products_database_url" "EMPORIUM__DATABASE__PRODUCTS_FILE"
  "orders_database_url" "EMPORIUM__DATABASE__ORDERS_FILE"
  "payments_database_url" "EMPORIUM__DATABASE__PAYMENTS_FILE"
  "kafka_username" "EMPORIUM__KAFKA__USERNAME_FILE"
  "kafka_password" "EMPORIUM__KAFKA__PASSWORD_FILE"
  "elasticsearch_username" "EMPORIUM__PRODUCTS__ELASTICSEARCH_USERNAME_FILE"
  "elasticsearch_password" "EMPORIUM__PRODUCTS__ELASTICSEARCH_PASSWORD_FILE"
  "redis_url" "EMPORIUM__ROUTER__REDIS_URL_FILE"
  "stripe_secret_key" "EMPORIUM__PAYMENTS__SECRET_KEY_FILE"
  "stripe_publishable_key" "EMPORIUM__PAYMENTS__PUBLISHABLE_KEY_FILE"
  "stripe_webhook_secrets" "EMPORIUM__PAYMENTS__WEBHOOK_SECRETS_FILE"
) . }}
{{- end }}

{{/* The environment of a role: list of root and role. */}}
{{- define "emporium.env" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $v := $root.Values }}
{{- $name := include "emporium.name" $root }}
{{- $env := dict
  "EMPORIUM_DATA" "/data"
  "EMPORIUM__SHOP__PROFILE" $v.profile
  "EMPORIUM__SHOP__DRAIN_DELAY_MS" (toString $v.drain.delayMs)
  "EMPORIUM__SHOP__DRAIN_MS" (toString $v.drain.requestsMs)
  "EMPORIUM__KAFKA__BROKERS" (required "kafka.brokers: name the brokers, such as kafka-1:9092,kafka-2:9092" $v.kafka.brokers)
  "EMPORIUM__KAFKA__TLS" (toString $v.kafka.tls)
  "EMPORIUM__KAFKA__SASL_MECHANISM" $v.kafka.saslMechanism
  "EMPORIUM__TELEMETRY__FORMAT" "json"
  "EMPORIUM__TELEMETRY__SERVICE_NAME" $role
  "EMPORIUM__TELEMETRY__OTLP_ENDPOINT" $v.telemetry.otlpEndpoint
  "EMPORIUM__TELEMETRY__SAMPLE_RATIO" (toString $v.telemetry.sampleRatio)
}}
{{- with $v.telemetry.filter }}{{ $_ := set $env "EMPORIUM__TELEMETRY__FILTER" . }}{{ end }}
{{- if $v.kafka.caSecret }}{{ $_ := set $env "EMPORIUM__KAFKA__CA_FILE" "/run/authorities/kafka/ca.crt" }}{{ end }}
{{- if include "emporium.domains" $role }}
{{- $_ := set $env "EMPORIUM__DATABASE__READERS" (toString $v.postgres.readers) }}
{{- $_ := set $env "EMPORIUM__DATABASE__WRITERS" (toString $v.postgres.writers) }}
{{- $_ := set $env "EMPORIUM__DATABASE__TLS" $v.postgres.tls }}
{{- if $v.postgres.caSecret }}{{ $_ := set $env "EMPORIUM__DATABASE__CA_FILE" "/run/authorities/postgres/ca.crt" }}{{ end }}
{{- end }}
{{- if ne $role "users" }}{{ $_ := set $env "EMPORIUM__USERS__KEY_SET_URLS" (printf `["http://%s-users:4101/.well-known/jwks.json"]` $name) }}{{ end }}
{{- if has $role (list "products" "worker" "migration") }}
{{- $_ := set $env "EMPORIUM__PRODUCTS__ELASTICSEARCH_URL" (required "elasticsearch.url: say where Elasticsearch is" $v.elasticsearch.url) }}
{{- if $v.elasticsearch.caSecret }}{{ $_ := set $env "EMPORIUM__PRODUCTS__ELASTICSEARCH_CA_FILE" "/run/authorities/elasticsearch/ca.crt" }}{{ end }}
{{- end }}
{{- if has $role (list "payments" "worker") }}
{{- if $v.stripeEmulator.enabled }}{{ $_ := set $env "EMPORIUM__SHOP__STRIPE_EMULATOR_URL" (printf "http://%s-stripe-emulator:4110" $name) }}{{ end }}
{{- with $v.stripe.returnUrl }}{{ $_ := set $env "EMPORIUM__PAYMENTS__RETURN_URL" . }}{{ end }}
{{- end }}
{{- if eq $role "users" }}
{{- if $v.signingKeys.existing }}{{ $_ := set $env "EMPORIUM__USERS__SIGNING_KEYS_FOLDER" "/run/signing-keys" }}
{{- else if eq $v.profile "production" }}{{ fail "signingKeys.existing: name the secret with the keys that sign access tokens; every replica of users needs the same ones" }}{{ end }}
{{- end }}
{{- if eq $role "migration" }}
{{- $_ := set $env "EMPORIUM__KAFKA__PARTITIONS" (toString $v.kafka.partitions) }}
{{- $_ := set $env "EMPORIUM__KAFKA__REPLICATION" (toString $v.kafka.replication) }}
{{- $_ := set $env "EMPORIUM__KAFKA__MIN_INSYNC_REPLICAS" (toString $v.kafka.minInsyncReplicas) }}
{{- end }}
{{- if eq $role "router" }}
{{- $_ := set $env "EMPORIUM__ROUTER__SUBGRAPHS__USERS" (printf `["http://%s-users:4101"]` $name) }}
{{- $_ := set $env "EMPORIUM__ROUTER__SUBGRAPHS__PRODUCTS" (printf `["http://%s-products:4102"]` $name) }}
{{- $_ := set $env "EMPORIUM__ROUTER__SUBGRAPHS__ORDERS" (printf `["http://%s-orders:4103"]` $name) }}
{{- $_ := set $env "EMPORIUM__ROUTER__SUBGRAPHS__PAYMENTS" (printf `["http://%s-payments:4104"]` $name) }}
{{- $_ := set $env "EMPORIUM__ROUTER__TIMEOUTS__DRAIN_DELAY_MS" (toString $v.drain.delayMs) }}
{{- $_ := set $env "EMPORIUM__ROUTER__TIMEOUTS__DRAIN_MS" (toString $v.drain.requestsMs) }}
{{- $_ := set $env "EMPORIUM__ROUTER__PROXIES__TRUSTED" (toJson $v.trustedProxies) }}
{{- if and $v.redis.enabled $v.redis.responseCache }}{{ $_ := set $env "EMPORIUM__ROUTER__RESPONSE_CACHE__PLACE" "redis" }}{{ end }}
{{- if and $v.redis.enabled $v.redis.caSecret }}{{ $_ := set $env "EMPORIUM__ROUTER__REDIS_CA_FILE" "/run/authorities/redis/ca.crt" }}{{ end }}
{{- if $v.routerTls.secret }}
{{- $_ := set $env "EMPORIUM__ROUTER__TLS_CERTIFICATE_FILE" "/run/router-tls/tls.crt" }}
{{- $_ := set $env "EMPORIUM__ROUTER__TLS_KEY_FILE" "/run/router-tls/tls.key" }}
{{- end }}
{{- end }}
{{- range splitList " " (include "emporium.secretKeys" .) }}
{{- if . }}{{ $_ := set $env (include "emporium.settingOf" .) (printf "/run/secrets/emporium/%s" .) }}{{ end }}
{{- end }}
{{- $own := dict }}
{{- if hasKey $v.roles $role }}{{ $own = (index $v.roles $role).env }}{{ end }}
{{- range $key, $value := merge (dict) $own $v.env $env }}
- { name: {{ $key }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}

{{/* Where a role's container mounts what: list of root and role. */}}
{{- define "emporium.mounts" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $v := $root.Values }}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- if include "emporium.secretKeys" . }}
- { name: secrets, mountPath: /run/secrets/emporium, readOnly: true }
{{- end }}
{{- range $part, $secret := include "emporium.authorities" . | fromYaml }}
- { name: authority-{{ $part }}, mountPath: /run/authorities/{{ $part }}, readOnly: true }
{{- end }}
{{- if and (eq $role "users") $v.signingKeys.existing }}
- { name: signing-keys, mountPath: /run/signing-keys, readOnly: true }
{{- end }}
{{- if and (eq $role "router") $v.routerTls.secret }}
- { name: router-tls, mountPath: /run/router-tls, readOnly: true }
{{- end }}
{{- end }}

{{- define "emporium.volumes" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $v := $root.Values }}
- name: data
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- with include "emporium.secretKeys" . }}
- name: secrets
  secret:
    secretName: {{ include "emporium.secret" $root }}
    defaultMode: 0440
    items:
      {{- range splitList " " . }}
      - { key: {{ . }}, path: {{ . }} }
      {{- end }}
{{- end }}
{{- range $part, $secret := include "emporium.authorities" . | fromYaml }}
- name: authority-{{ $part }}
  secret:
    secretName: {{ $secret }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- if and (eq $role "users") $v.signingKeys.existing }}
- name: signing-keys
  secret:
    secretName: {{ $v.signingKeys.existing }}
    defaultMode: 0440
{{- end }}
{{- if and (eq $role "router") $v.routerTls.secret }}
- name: router-tls
  secret:
    secretName: {{ $v.routerTls.secret }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{/* The secrets with certificates of authorities that a role needs, by what is trusted on their word. */}}
{{- define "emporium.authorities" -}}
{{- $v := (index . 0).Values }}{{ $role := index . 1 }}
{{- if $v.kafka.caSecret }}
kafka: {{ $v.kafka.caSecret }}
{{- end }}
{{- if and $v.postgres.caSecret (include "emporium.domains" $role) }}
postgres: {{ $v.postgres.caSecret }}
{{- end }}
{{- if and $v.elasticsearch.caSecret (has $role (list "products" "worker" "migration")) }}
elasticsearch: {{ $v.elasticsearch.caSecret }}
{{- end }}
{{- if and $v.redis.enabled $v.redis.caSecret (eq $role "router") }}
redis: {{ $v.redis.caSecret }}
{{- end }}
{{- end }}

{{- define "emporium.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "emporium.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
