"""Special lists and shares keep why they ended, and are whole or not at all."""

from django.conf import settings
from django.db import migrations, models

# Lists from before requests were kept stay in use; nobody is on file as having asked for them or opened them.
IN_USE = """
UPDATE hotlists_hotlist SET opened_at = now() WHERE kind = 'special' AND asked_at IS NULL AND opened_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hotlists", "0005_near_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalhotlist",
            name="closed_why",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="historicalhotlistshare",
            name="agency_class",
            field=models.CharField(
                choices=[
                    ("ca_lea_learn_partner", "California law enforcement agency, partner in LEARN"),
                    ("ca_lea", "California law enforcement agency, no partner in LEARN"),
                    ("ca_prosecutor", "California prosecutor's office"),
                    ("out_of_state", "Law enforcement agency of another state"),
                    ("federal", "Federal agency"),
                    ("private", "Private entity"),
                ],
                default="ca_lea",
                max_length=24,
                verbose_name="kind of agency",
            ),
        ),
        migrations.AddField(
            model_name="historicalhotlistshare",
            name="ended_why",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="hotlist",
            name="closed_why",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="hotlistshare",
            name="agency_class",
            field=models.CharField(
                choices=[
                    ("ca_lea_learn_partner", "California law enforcement agency, partner in LEARN"),
                    ("ca_lea", "California law enforcement agency, no partner in LEARN"),
                    ("ca_prosecutor", "California prosecutor's office"),
                    ("out_of_state", "Law enforcement agency of another state"),
                    ("federal", "Federal agency"),
                    ("private", "Private entity"),
                ],
                default="ca_lea",
                max_length=24,
                verbose_name="kind of agency",
            ),
        ),
        migrations.AddField(
            model_name="hotlistshare",
            name="ended_why",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.RunSQL(IN_USE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="hotlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_at", None), ("asked_by", None)),
                    models.Q(
                        ("asked_at__isnull", False),
                        ("asked_by__isnull", False),
                        models.Q(("why", ""), _negated=True),
                        models.Q(("case_number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hot_list_asked_for_with_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="hotlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at", None), ("opened_by", None)),
                    models.Q(("asked_by", None), ("opened_by", None)),
                    models.Q(("asked_by__isnull", False), ("opened_at__isnull", False), ("opened_by__isnull", False)),
                    _connector="OR",
                ),
                name="hot_list_opening_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="hotlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_by", None), ("closed_why", "")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        models.Q(("closed_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hot_list_closing_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="hotlistshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("ended_why", "")),
                    models.Q(
                        ("decision", "approved"),
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="share_ending_complete",
            ),
        ),
    ]
