#!/usr/bin/env bash
# Runs a command with a temporary Postgres server: scripts/with-postgres.sh COMMAND…
# FEEDBACK_POSTGRES_URL has its address. Needs Debian's package `postgresql`, or PostgreSQL's programs in PATH.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: $0 COMMAND…" >&2; exit 2; }

PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
command -v initdb >/dev/null || { echo "cannot find initdb; install it with: apt-get install postgresql" >&2; exit 1; }
folder=$(mktemp -d)
# Postgres does not run as root.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 54329)
trap 'as pg_ctl -D "$folder/data" -m immediate -s stop; rm -rf "$folder"' EXIT
cd "$folder"
echo "only-for-tests" >"$folder/password" && chmod 644 "$folder/password"
as initdb -D "$folder/data" -U feedback -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C.UTF-8 >/dev/null
as pg_ctl -D "$folder/data" -l "$folder/log" -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=300" -s -w start
cd "$OLDPWD"
FEEDBACK_POSTGRES_URL="postgres://feedback:only-for-tests@127.0.0.1:$port/postgres" "$@"
