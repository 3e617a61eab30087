#!/bin/sh
# A database and a login of its own for each subgraph, named and with the password as in the URL that the subgraph is
# given. Nobody else may even connect to it. Runs once, when the volume is new.
set -eu
for url_file in "${SECRETS:-/run/secrets}"/*_database_url; do
  url=$(cat "$url_file")
  rest=${url#*://}
  login=${rest%%:*}
  rest=${rest#*:}
  password=${rest%%@*}
  database=${rest##*/}
  database=${database%%\?*}
  psql --username="${POSTGRES_USER:-postgres}" --dbname=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --set=login="$login" --set=password="$password" --set=database="$database" <<'SQL'
CREATE ROLE :"login" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"login";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
done
