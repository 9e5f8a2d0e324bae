"""A key is written with its read, whose foreign key checks the camera; the key's own check cost a tenth of ingest."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0001_initial"),
        ("detections", "0004_history_without_plates"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ingestkey",
            name="camera",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cameras.camera",
            ),
        ),
    ]
