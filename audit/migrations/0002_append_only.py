"""The ledger's head function, and the trigger that refuses UPDATE and DELETE for every role.

No TRUNCATE trigger: rights take TRUNCATE away from the serving role (manage.py grant_app_role), and a trigger would
break the flush of every transactional test.
"""

from django.db import migrations

HEAD = """
CREATE FUNCTION audit_ledger_head(OUT size bigint, OUT frontier bytea, OUT clock timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    upto bigint := 0;
    piece bytea;
BEGIN
    -- Each statement below takes its own snapshot (READ COMMITTED), so it sees what the last holder committed.
    PERFORM set_config('lock_timeout', '4s', true);
    PERFORM pg_advisory_xact_lock(1798905, 52);
    SELECT coalesce(max(e.index) + 1, 0) INTO size FROM audit_ledgerentry e;
    frontier := ''::bytea;
    FOR level IN REVERSE 62..0 LOOP
        CONTINUE WHEN size & (1::bigint << level) = 0;
        upto := upto + (1::bigint << level);
        IF level = 0 THEN
            SELECT e.leaf_hash INTO STRICT piece FROM audit_ledgerentry e WHERE e.index = upto - 1;
        ELSE
            SELECT substring(e.nodes FROM (level - 1) * 32 + 1 FOR 32) INTO STRICT piece
            FROM audit_ledgerentry e WHERE e.index = upto - 1;
        END IF;
        frontier := frontier || piece;
    END LOOP;
    clock := clock_timestamp();
END $$;
"""

GUARD = """
CREATE FUNCTION audit_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON audit_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_is_append_only();
CREATE TRIGGER detail_append_only BEFORE UPDATE OR DELETE ON audit_ledgerdetail
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_is_append_only();
"""

UNGUARD = """
DROP TRIGGER entry_append_only ON audit_ledgerentry;
DROP TRIGGER detail_append_only ON audit_ledgerdetail;
DROP FUNCTION audit_ledger_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(HEAD, "DROP FUNCTION audit_ledger_head();"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
