# PostgreSQL from Debian's packages: plain and TLS on one port. Its promises stay as shipped, but for `up --no-fsync`.
# shellcheck shell=bash

postgres_bin() { # the newest that is installed
  local folders=(/usr/lib/postgresql/*/bin)
  printf '%s' "${folders[-1]}"
}

postgres_install() {
  if ! [ -x "$(postgres_bin)/postgres" ]; then need no-such-command postgresql; fi
}

postgres_prepare() {
  # The password itself, on loopback alone: the thousands of hashes of SCRAM take an unoptimised client long, and tests
  # connect often.
  local data=$home/data
  mkdir -p "$data"
  printf '%s' "$password" >"$home/password"
  cp "$tls/server.pem" "$tls/server.key" "$home/"
  chmod 600 "$home/server.key" "$home/password"
  give_to postgres "$home"
  without_rights postgres
  "${rights[@]}" "$(postgres_bin)/initdb" --pgdata "$data" --username emporium --pwfile "$home/password" \
    --auth password --encoding UTF8 --locale C.UTF-8 >"$home/initdb.log"
  cat >>"$data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = $(port postgres)
# Suites run side by side, each test with pools of its own.
max_connections = 600
# Databases are dropped one after another, and not while a connection is on its way in whose client does nothing about it.
authentication_timeout = 10s
shared_buffers = 256MB
fsync = ${postgres_fsync:-on}
ssl = on
ssl_cert_file = '$home/server.pem'
ssl_key_file = '$home/server.key'
EOF
}

postgres_command() {
  # After kill -9 its lock file stays. It refuses to start while the process named there is a corpse that nobody
  # buried, as in a container without an init; all of its processes were waited for.
  rm -f "$home/data/postmaster.pid"
  without_rights postgres
  command=("${rights[@]}" "$(postgres_bin)/postgres" -D "$home/data")
}

postgres_answers() { postgres_ask 'SELECT 1'; }

postgres_ask() { # SQL
  PGPASSWORD=$password PGCONNECT_TIMEOUT=5 "$(postgres_bin)/psql" --no-psqlrc --quiet --tuples-only --no-align \
    --host 127.0.0.1 --port "$(port postgres)" --username emporium --dbname postgres --command "$1"
}

postgres_ready() {
  local database
  for database in users products orders payments; do
    if [ -z "$(postgres_ask "SELECT 1 FROM pg_database WHERE datname = '$database'")" ]; then
      postgres_ask "CREATE DATABASE $database"
    fi
  done
}

postgres_variables() {
  printf 'EMPORIUM_TEST_POSTGRES=postgres://emporium:%s@127.0.0.1:%s/postgres\n' "$password" "$(port postgres)"
  printf 'EMPORIUM_TEST_POSTGRES_TLS=postgres://emporium:%s@127.0.0.1:%s/postgres?sslmode=verify-full\n' "$password" "$(port postgres)"
}

postgres_settings() {
  local database
  for database in users products orders payments; do
    printf 'EMPORIUM__DATABASE__%s=postgres://emporium:%s@127.0.0.1:%s/%s\n' "${database^^}" "$password" "$(port postgres)" "$database"
  done
}
