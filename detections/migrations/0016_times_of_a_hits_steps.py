"""A hit keeps its channel, who received it first and when, and when each query was run."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("detections", "0015_folded_hits_and_possible_matches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalhit",
            name="channel",
            field=models.CharField(
                choices=[("tas", "TAS"), ("look_back", "Look back at entry")],
                db_default="tas",
                default="tas",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="historicalhit",
            name="clets_at",
            field=models.DateTimeField(help_text="As the verifier told it.", null=True, verbose_name="CLETS run at"),
        ),
        migrations.AddField(
            model_name="historicalhit",
            name="ncic_at",
            field=models.DateTimeField(help_text="As the verifier told it.", null=True, verbose_name="NCIC run at"),
        ),
        migrations.AddField(
            model_name="historicalhit",
            name="received_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="historicalhit",
            name="received_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Who took it first.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hit",
            name="channel",
            field=models.CharField(
                choices=[("tas", "TAS"), ("look_back", "Look back at entry")],
                db_default="tas",
                default="tas",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="hit",
            name="clets_at",
            field=models.DateTimeField(help_text="As the verifier told it.", null=True, verbose_name="CLETS run at"),
        ),
        migrations.AddField(
            model_name="hit",
            name="ncic_at",
            field=models.DateTimeField(help_text="As the verifier told it.", null=True, verbose_name="NCIC run at"),
        ),
        migrations.AddField(
            model_name="hit",
            name="received_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="hit",
            name="received_by",
            field=models.ForeignKey(
                help_text="Who took it first.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="hit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("not_practicable", ""), models.Q(("clets_result", ""), ("ncic_result", "")), _connector="OR"
                ),
                name="hit_queried_or_not_practicable",
            ),
        ),
    ]
