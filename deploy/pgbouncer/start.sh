#!/bin/sh
# Writes pgbouncer's configuration from the environment and becomes pgbouncer.
#
# PGBOUNCER_DATABASE, PGBOUNCER_USER, PGBOUNCER_PASSWORD   the one database and user of the shop
# PGBOUNCER_SERVER_HOST, PGBOUNCER_SERVER_PORT             where PostgreSQL is
# PGBOUNCER_PORT, PGBOUNCER_POOL_SIZE, PGBOUNCER_CLIENTS   own port; server connections; clients at most
# PGBOUNCER_DIRECTORY                                      where the files go: memory, readable by us alone
set -eu
umask 077

directory=${PGBOUNCER_DIRECTORY:-/run/pgbouncer}
mkdir -p "$directory"

# The user list quotes with "", as SQL does.
quoted=$(printf '%s' "$PGBOUNCER_PASSWORD" | sed 's/"/""/g')
printf '"%s" "%s"\n' "$PGBOUNCER_USER" "$quoted" > "$directory/users.txt"

cat > "$directory/pgbouncer.ini" <<INI
[databases]
$PGBOUNCER_DATABASE = host=$PGBOUNCER_SERVER_HOST port=${PGBOUNCER_SERVER_PORT:-5432}

[pgbouncer]
listen_addr = ${PGBOUNCER_LISTEN:-0.0.0.0}
listen_port = ${PGBOUNCER_PORT:-6432}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $directory/users.txt
pool_mode = transaction
default_pool_size = ${PGBOUNCER_POOL_SIZE:-40}
reserve_pool_size = 5
reserve_pool_timeout = 2
max_client_conn = ${PGBOUNCER_CLIENTS:-1000}
query_wait_timeout = 15
server_idle_timeout = 120
server_login_retry = 2
ignore_startup_parameters = extra_float_digits
stats_users = $PGBOUNCER_USER
log_connections = 0
log_disconnections = 0
log_stats = 0
INI

exec pgbouncer "$directory/pgbouncer.ini"
