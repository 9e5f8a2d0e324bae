"""What a search asks becomes one value, and wide searches get their approvals (D.1.c)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ids

# The searches there are were all for a whole plate. Instants as the question's JSON has them: ISO 8601 with a zone.
FILL = """
UPDATE detections_search SET question = jsonb_strip_nulls(jsonb_build_object(
    'kind', 'plate',
    'window', jsonb_build_array(from_at, to_at),
    'plate', plate,
    'state', nullif(state, ''),
    'cameras', (SELECT jsonb_build_array(number) FROM cameras_camera c WHERE c.id = camera_id)
))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("detections", "0009_plate_dictionary_tuning"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchApproval",
            fields=[
                (
                    "id",
                    models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("asked_at", models.DateTimeField()),
                ("purpose", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=500)),
                ("case_number", models.CharField(blank=True, max_length=20)),
                ("question", models.JSONField(help_text="As searching.question says it.")),
                (
                    "why_wide",
                    models.CharField(help_text="What made it wide, in the words of the refusal.", max_length=500),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True, choices=[("approved", "Approved"), ("denied", "Denied")], max_length=10
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "words",
                    models.CharField(blank=True, help_text="What was reviewed, and why so decided.", max_length=500),
                ),
                (
                    "good_until",
                    models.DateTimeField(blank=True, help_text="An approved search is run before this.", null=True),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("decision", "")), fields=["asked_at"], name="search_approval_waits"
                    ),
                    models.Index(fields=["asked_by", "-asked_at"], name="search_approval_own"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("decision", ""), ("words", "")),
                            models.Q(
                                models.Q(("decision", ""), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("words", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="search_decision_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "approved"), ("good_until__isnull", False)),
                            models.Q(models.Q(("decision", "approved"), _negated=True), ("good_until", None)),
                            _connector="OR",
                        ),
                        name="search_approval_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="search_approver_is_not_asker",
                        violation_error_message="Nobody approves their own search.",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="search",
            name="approval",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="search",
                to="detections.searchapproval",
            ),
        ),
        migrations.AddField(
            model_name="search",
            name="question",
            field=models.JSONField(default=dict, help_text="What was asked, as searching.question says it."),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, elidable=True),
        migrations.RemoveField(model_name="search", name="camera"),
        migrations.RemoveField(model_name="search", name="from_at"),
        migrations.RemoveField(model_name="search", name="plate"),
        migrations.RemoveField(model_name="search", name="state"),
        migrations.RemoveField(model_name="search", name="to_at"),
        migrations.AlterField(
            model_name="search",
            name="result_count",
            field=models.PositiveIntegerField(help_text="Reads, or plates; capped, see result_capped."),
        ),
        migrations.AlterField(
            model_name="search",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                help_text=(
                    "The sergeant or ALPR administrator who documented another use, or approved a wide search (D.1.c)."
                ),
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
