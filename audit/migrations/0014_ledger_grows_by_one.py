"""Whoever serves may put records at the log's end only, one after the other, at the time it is.

The serving role needs INSERT (docs/adr/0011). Without this a stolen password of that role could write a record far
beyond the end, after which nobody can write any: a row of the ledger cannot be removed; or one of another day. The
owner is not held to it: tests and restores write rows of other days.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_ledger_grows_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.index = 0 OR EXISTS (SELECT FROM public.audit_ledgerentry e WHERE e.index = NEW.index - 1))
        AND NEW.recorded_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() + interval '1 second'
        OR pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'MEMBER') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a record stands at the end of the ledger, at the time it is written'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER entry_grows_by_one BEFORE INSERT ON audit_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_grows_by_one();
"""
UNGUARD = """
DROP TRIGGER entry_grows_by_one ON audit_ledgerentry;
DROP FUNCTION audit_ledger_grows_by_one();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_flush_outside_the_lock")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
