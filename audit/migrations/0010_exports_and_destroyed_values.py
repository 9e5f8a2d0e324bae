"""Exports of the ledger; and the one lawful change of a clear value: its destruction, by the owner, after its record.

The trigger lets an UPDATE of clear values through only when all of this holds: the role owns the table; the transaction
names the ledger record of the destruction (audit.destroy_record), and that record is there, later than what is
destroyed; every value either stays or becomes NULL; the salt of a destroyed value becomes zeros, and no other changes.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ids

GUARD = """
CREATE FUNCTION audit_ledger_values_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    destroyed text := current_setting('audit.destroy_record', true);
    salts bytea := OLD.salts;
    before text[];
    after text[];
BEGIN
    IF TG_OP = 'UPDATE' AND destroyed ~ '^[0-9]{1,18}$' AND EXISTS (
        SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE c.oid = TG_RELID AND r.rolname = current_user
    ) AND EXISTS (
        SELECT FROM audit_ledgerentry e WHERE e.index = destroyed::bigint AND e.index > OLD.entry_id
        AND e.action = 'ledger.destroy_values' AND e.outcome = 'allowed'
    ) THEN
        before := ARRAY[OLD.query, OLD.reason, OLD.case_number, OLD.subject_label, OLD.detail];
        after := ARRAY[NEW.query, NEW.reason, NEW.case_number, NEW.subject_label, NEW.detail];
        FOR place IN 1..5 LOOP
            IF after[place] IS NULL THEN
                salts := overlay(salts PLACING decode(repeat('00', 32), 'hex') FROM (place - 1) * 32 + 1);
            ELSIF before[place] IS DISTINCT FROM after[place] THEN
                salts := NULL;
            END IF;
        END LOOP;
        IF NEW.entry_id = OLD.entry_id AND NEW.salts = salts THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER detail_append_only ON audit_ledgerdetail;
CREATE TRIGGER detail_append_only BEFORE UPDATE OR DELETE ON audit_ledgerdetail
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_values_guard();
"""

UNGUARD = """
DROP TRIGGER detail_append_only ON audit_ledgerdetail;
CREATE TRIGGER detail_append_only BEFORE UPDATE OR DELETE ON audit_ledgerdetail
    FOR EACH ROW EXECUTE FUNCTION audit_ledger_is_append_only();
DROP FUNCTION audit_ledger_values_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_one_trip_append"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerExport",
            fields=[
                ("id", models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("purpose", models.CharField(max_length=60)),
                ("reason", models.TextField()),
                ("recipient", models.CharField(blank=True, max_length=120)),
                ("first", models.BigIntegerField(help_text="First record of the export.")),
                ("upto", models.BigIntegerField(help_text="The record after its last.")),
                (
                    "withheld_fields",
                    models.JSONField(default=list, help_text="Names of sensitive fields left out everywhere."),
                ),
                ("hidden_acts", models.JSONField(default=list, help_text="Acts whose records are withheld whole.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("removed", "File removed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("claimed_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0, help_text="Records written so far.")),
                ("ready_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.CharField(blank=True, help_text="Name in storage; blank once removed.", max_length=120),
                ),
                ("size", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("manifest_sha256", models.CharField(blank=True, max_length=64)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("record_index", models.BigIntegerField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "export of the ledger",
                "verbose_name_plural": "exports of the ledger",
                "indexes": [models.Index(fields=["-asked_at"], name="ledger_export_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__gte", 0), ("upto__gte", models.F("first"))),
                        name="ledger_export_range",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
