"""Fix where the ledger's head function looks its names up: no table of the caller's can stand in for the ledger's."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_acts_by_function")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION audit_ledger_head() SET search_path = pg_catalog, public, pg_temp;",
            "ALTER FUNCTION audit_ledger_head() RESET search_path;",
        ),
    ]
