"""Determinations name their paper; a shipped profile can be kept by nobody's hand; what is written once stays so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("audit_profileversion", "audit_policyactivation", "audit_policydetermination")
GUARD = """
CREATE FUNCTION audit_policy_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'policy is written once: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION audit_policy_is_written_once();\n"
    for table in TABLES
)
UNGUARD = "".join(f"DROP TRIGGER written_once ON {table};\n" for table in TABLES) + (
    "DROP FUNCTION audit_policy_is_written_once();"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_accountability")]

    operations = [
        migrations.AddField(
            model_name="policydetermination",
            name="paper",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Reference of the letter.",
                max_length=200,
                verbose_name="where the paper is",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="profileversion",
            name="prepared_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
