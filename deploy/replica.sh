#!/bin/sh
# Make a read replica on this machine, as the account of PostgreSQL, into an empty PGDATA: docs/deploy.md, "A read replica".
# Needs PRIMARY (host of the primary), PGDATA, and the password of the role platekeeper_replica in ~/.pgpass, in a line
# whose database is "replication". On the primary, once, as superuser:
#   CREATE ROLE platekeeper_replica LOGIN REPLICATION PASSWORD '...';
# and in its pg_hba.conf, for this machine's address:
#   hostssl replication platekeeper_replica 192.0.2.11/32 scram-sha-256
set -eu
: "${PRIMARY:?}" "${PGDATA:?}"
SLOT=$(hostname -s | tr -c 'a-z0-9\n' '_')
umask 077
pg_basebackup --pgdata="$PGDATA" --checkpoint=fast --progress --write-recovery-conf --create-slot --slot="$SLOT" \
  --dbname="host=$PRIMARY user=platekeeper_replica sslmode=verify-full"
