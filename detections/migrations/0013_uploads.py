"""Files of reads, their rejected rows and their account, and decisions about quarantined reads."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ids
import detections.models.uploads


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0003_camera_number"),
        ("detections", "0012_purge_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("layout", models.CharField(max_length=60)),
                ("file", models.FileField(blank=True, max_length=200, upload_to=detections.models.uploads.upload_path)),
                ("file_name", models.CharField(help_text="As it was sent.", max_length=120)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("device", "Device"),
                            ("system", "System"),
                            ("public", "Public"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by_name", models.CharField(max_length=150)),
                ("address", models.CharField(max_length=45)),
                ("handed_in_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being taken in"),
                            ("done", "Finished"),
                            ("stopped", "Stopped"),
                            ("failed", "Broken off"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(blank=True, help_text="Why it broke off, or what to look at.", max_length=300),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("worker", models.UUIDField(blank=True, help_text="Who is at it.", null=True)),
                ("beat_at", models.DateTimeField(blank=True, help_text="The last sign of that worker.", null=True)),
                ("tries", models.JSONField(default=list)),
                ("offset", models.PositiveBigIntegerField(default=0)),
                ("line", models.PositiveBigIntegerField(default=0)),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("recorded", models.PositiveBigIntegerField(default=0)),
                ("duplicates", models.PositiveBigIntegerField(default=0)),
                ("quarantined", models.PositiveBigIntegerField(default=0)),
                ("rejected", models.PositiveBigIntegerField(default=0)),
                ("hits", models.PositiveBigIntegerField(default=0, help_text="On ordinary hot lists.")),
                ("seconds", models.FloatField(default=0, help_text="Spent at it.")),
                ("file_removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "camera",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of all rows; empty where the file names the camera of each.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cameras.camera",
                    ),
                ),
                (
                    "handed_in_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuarantineOrigin",
            fields=[
                (
                    "read",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="origin",
                        serialize=False,
                        to="detections.quarantinedread",
                    ),
                ),
                ("line", models.PositiveBigIntegerField()),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="detections.upload"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UploadCamera",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded", models.PositiveBigIntegerField(default=0)),
                ("duplicates", models.PositiveBigIntegerField(default=0)),
                ("quarantined", models.PositiveBigIntegerField(default=0)),
                ("rejected", models.PositiveBigIntegerField(default=0)),
                ("first", models.DateTimeField(blank=True, null=True)),
                ("last", models.DateTimeField(blank=True, null=True)),
                (
                    "spacing",
                    models.FloatField(
                        blank=True, help_text="Seconds between neighbouring reads, the median.", null=True
                    ),
                ),
                ("gap_count", models.PositiveIntegerField(default=0)),
                ("gaps", models.JSONField(default=list, help_text="The longest: [from, to], ISO 8601.")),
                (
                    "bins",
                    models.JSONField(default=list, help_text="Reads in equal parts of the time from first to last."),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cameras.camera"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cameras", to="detections.upload"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UploadRejection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField()),
                ("length", models.PositiveIntegerField()),
                ("column", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=500)),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rejections", to="detections.upload"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuarantineDecision",
            fields=[
                (
                    "read",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="decision",
                        serialize=False,
                        to="detections.quarantinedread",
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("released", "Released"), ("discarded", "Discarded")], max_length=10),
                ),
                ("reason", models.CharField(max_length=300)),
                ("decided_at", models.DateTimeField()),
                (
                    "corrected_to",
                    models.DateTimeField(blank=True, help_text="The capture time it was recorded with.", null=True),
                ),
                ("detection_id", models.UUIDField(blank=True, editable=False, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-decided_at"], name="quarantine_decided")],
            },
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["-handed_in_at"], name="upload_by_time"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("status__in", ["waiting", "running"])), fields=["beat_at"], name="upload_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadcamera",
            constraint=models.UniqueConstraint(fields=("upload", "camera"), name="upload_camera_once"),
        ),
        migrations.AddConstraint(
            model_name="uploadrejection",
            constraint=models.UniqueConstraint(fields=("upload", "line"), name="upload_line_rejected_once"),
        ),
    ]
