#!/bin/sh
# The two database roles (docs/deploy.md): run once by the postgres image, or by hand with psql's own settings.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" --username "${POSTGRES_USER:-postgres}" <<'SQL'
CREATE ROLE platekeeper_owner LOGIN PASSWORD :'owner';
CREATE ROLE platekeeper_app LOGIN PASSWORD :'app';
CREATE DATABASE platekeeper OWNER platekeeper_owner;
REVOKE ALL ON DATABASE platekeeper FROM PUBLIC;
GRANT CONNECT ON DATABASE platekeeper TO platekeeper_app;
SQL
