# Redis from Debian's package, with a second port for TLS. It keeps nothing: what it holds may be lost at any time.
# shellcheck shell=bash

redis_install() { need redis-server redis-server; need redis-cli redis-tools; }

redis_prepare() { :; }

redis_command() {
  command=(redis-server --bind 127.0.0.1 --port "$(port redis)" --save '' --appendonly no --dir "$home" --daemonize no
    --tls-port "$(port tls)" --tls-cert-file "$tls/server.pem" --tls-key-file "$tls/server.key"
    --tls-ca-cert-file "$tls/ca.pem" --tls-auth-clients no)
}

redis_answers() { [ "$(redis-cli -h 127.0.0.1 -p "$(port redis)" ping)" = PONG ]; }

redis_ready() { :; }

redis_variables() {
  printf 'EMPORIUM_TEST_REDIS=redis://127.0.0.1:%s\n' "$(port redis)"
  printf 'EMPORIUM_TEST_REDIS_TLS=rediss://127.0.0.1:%s\n' "$(port tls)"
}

redis_settings() { printf 'EMPORIUM__ROUTER__REDIS_URL=redis://127.0.0.1:%s\n' "$(port redis)"; }
