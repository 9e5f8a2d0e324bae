import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ids


class Migration(migrations.Migration):
    dependencies = [
        ("detections", "0013_uploads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidencePackage",
            fields=[
                ("id", models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("purpose", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=500)),
                ("case_number", models.CharField(max_length=20)),
                ("recipient", models.CharField(blank=True, max_length=120, verbose_name="for whom")),
                (
                    "report_number",
                    models.CharField(
                        blank=True, help_text="The report that documents the collection (525.08 F.4.a).", max_length=40
                    ),
                ),
                (
                    "profile",
                    models.CharField(help_text="Policy profile and version it was asked under.", max_length=80),
                ),
                ("refs", models.JSONField(help_text="The chosen reads, as references in the order of the sheet.")),
                ("read_count", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be made"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Could not be made"),
                            ("removed", "File removed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("ready_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                ("file", models.CharField(blank=True, help_text="Its random name in storage.", max_length=100)),
                ("size", models.PositiveBigIntegerField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("manifest_sha256", models.CharField(blank=True, max_length=64)),
                ("key_id", models.CharField(blank=True, max_length=16)),
                ("record_index", models.BigIntegerField(help_text="The ledger record of the request.", null=True)),
                (
                    "sealed_index",
                    models.BigIntegerField(help_text="The ledger record that holds the file's hash.", null=True),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence_packages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="evidencepackage",
            index=models.Index(fields=["made_by", "-asked_at"], name="evidence_own"),
        ),
        migrations.AddIndex(
            model_name="evidencepackage",
            index=models.Index(
                condition=models.Q(
                    models.Q(("file", ""), _negated=True), ("status__in", ["waiting", "making"]), _connector="OR"
                ),
                fields=["asked_at"],
                name="evidence_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencepackage",
            constraint=models.CheckConstraint(
                condition=models.Q(("case_number", ""), _negated=True), name="evidence_has_a_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencepackage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "ready"), _negated=True),
                    models.Q(
                        models.Q(("file", ""), _negated=True),
                        models.Q(("sha256", ""), _negated=True),
                        models.Q(("key_id", ""), _negated=True),
                        ("ready_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="evidence_ready_is_signed_and_hashed",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencepackage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "removed"), _negated=True), ("removed_at__isnull", False), _connector="OR"
                ),
                name="evidence_removed_has_a_time",
            ),
        ),
    ]
