"""Checkpoints, what places answered, and the log's names and keys are written once, for every role."""

from django.db import migrations

TABLES = ("audit_checkpoint", "audit_checkpointcopy", "audit_logkey", "audit_logorigin")
GUARD = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0011_access_steps")]

    operations = [
        migrations.RunSQL(GUARD.format(table=table), f"DROP TRIGGER written_once ON {table};") for table in TABLES
    ]
