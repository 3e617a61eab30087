# Elasticsearch's minimal distribution with a small plugin of ours for the analyzers that it lacks (elasticsearch/plugin);
# elasticsearch-tls is a second one with security on: TLS and a password.
# shellcheck shell=bash

elasticsearch_version=8.19.21
elasticsearch_files=$cache/elasticsearch-$elasticsearch_version
elasticsearch_user=nobody

elasticsearch_install() {
  need curl curl
  need java openjdk-17-jdk-headless
  need javac openjdk-17-jdk-headless
  [ ! -e "$elasticsearch_files/complete" ] || return 0
  need unzip unzip
  fetch elasticsearch "$elasticsearch_files/zip"
  rm -rf "$elasticsearch_files/home"
  unzip -q "$elasticsearch_files"/zip/*.zip -d "$elasticsearch_files"
  mv "$elasticsearch_files/elasticsearch-$elasticsearch_version" "$elasticsearch_files/home"
  rm -r "$elasticsearch_files/zip"
  touch "$elasticsearch_files/complete"
}

elasticsearch_prepare() {
  # A copy: it writes beside itself, as a user who may not see the cache.
  rm -rf "$home/home"
  cp -r "$elasticsearch_files/home" "$home/home"
  elasticsearch_plugin "$home/home/plugins/analysis"
  mkdir -p "$home/data" "$home/temp"
  cat >"$home/home/config/elasticsearch.yml" <<EOF
cluster.name: emporium-tests-$server
discovery.type: single-node
network.host: 127.0.0.1
http.port: $(port http)
transport.port: $(port transport)
path.data: $home/data
path.logs: $home/logs
# A full disk of the developer is no reason to refuse a test's index.
cluster.routing.allocation.disk.threshold_enabled: false
EOF
  if [ "$server" = elasticsearch-tls ]; then
    cp "$tls/server.pem" "$tls/server.key" "$home/home/config/"
    cat >>"$home/home/config/elasticsearch.yml" <<EOF
xpack.security.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.certificate: server.pem
xpack.security.http.ssl.key: server.key
EOF
    printf '%s' "$password" | ES_JAVA_HOME=$(elasticsearch_java) "$home/home/bin/elasticsearch-keystore" add --force --stdin bootstrap.password \
      >"$home/keystore.log" 2>&1 || { tail -n 20 "$home/keystore.log" >&2; fail "the password of $server could not be set"; }
  else
    printf 'xpack.security.enabled: false\n' >>"$home/home/config/elasticsearch.yml"
  fi
  give_to "$elasticsearch_user" "$home"
}

elasticsearch_java() { dirname "$(dirname "$(readlink -f "$(command -v javac)")")"; }

# Compiles the plugin against the server's own libraries into its folder.
elasticsearch_plugin() { # folder
  local classes=$home/classes
  mkdir -p "$1" "$classes"
  javac -nowarn -d "$classes" -cp "$home/home/lib/*" "$here"/elasticsearch/plugin/*.java
  (cd "$classes" && "$(elasticsearch_java)/bin/jar" --create --file "$1/emporium-analysis.jar" .)
  sed "s/VERSION/$elasticsearch_version/" "$here/elasticsearch/plugin/plugin-descriptor.properties" >"$1/plugin-descriptor.properties"
}

elasticsearch_command() {
  without_rights "$elasticsearch_user"
  command=("${rights[@]}" env "ES_JAVA_HOME=$(elasticsearch_java)" "ES_TMPDIR=$home/temp" "HOME=$home" "CLI_JAVA_OPTS=-Xmx64m $quick_java"
    "ES_JAVA_OPTS=-Xms512m -Xmx512m $quick_java" "$home/home/bin/elasticsearch")
}

elasticsearch_ask() { # path
  if [ "$server" = elasticsearch-tls ]; then
    curl --silent --fail --cacert "$tls/ca.pem" --user "elastic:$password" "https://127.0.0.1:$(port http)$1"
  else
    curl --silent --fail "http://127.0.0.1:$(port http)$1"
  fi
}

elasticsearch_answers() { elasticsearch_ask /_cluster/health; }

elasticsearch_ready() { :; }

elasticsearch_variables() {
  if [ "$server" = elasticsearch-tls ]; then
    printf 'EMPORIUM_TEST_ELASTICSEARCH_TLS=https://127.0.0.1:%s\n' "$(port http)"
    printf 'EMPORIUM_TEST_ELASTICSEARCH_TLS_USERNAME=elastic\n'
    printf 'EMPORIUM_TEST_ELASTICSEARCH_TLS_PASSWORD=%s\n' "$password"
  else
    printf 'EMPORIUM_TEST_ELASTICSEARCH=http://127.0.0.1:%s\n' "$(port http)"
  fi
}

elasticsearch_settings() {
  [ "$server" = elasticsearch-tls ] || printf 'EMPORIUM__PRODUCTS__ELASTICSEARCH_URL=http://127.0.0.1:%s\n' "$(port http)"
}
