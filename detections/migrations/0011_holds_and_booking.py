"""Holds on searches and windows, the belief an anticipated hold rests on, reviews, and bookings into evidence."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import audit.ids

ORIGINS = [
    ("reads", "Ticked reads"),
    ("search", "All that a search found"),
    ("window", "All that cameras saw in a time"),
]
GROUNDS = [("over", "No longer evidence"), ("booked", "Booked into evidence")]
MEDIA = [
    ("repository", "Evidence repository, such as evidence.com"),
    ("portable", "Portable medium in the evidence room"),
]
# Before this, the words of the reason were all that an anticipated hold could say.
TELL = """
UPDATE detections_hold SET belief = reason WHERE kind = 'anticipated';
UPDATE detections_hold h SET reads = (SELECT count(*) FROM detections_heldread r WHERE r.hold_id = h.id);
"""


def person() -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)


def fields() -> list[tuple[str, models.Field]]:
    return [
        (
            "belief",
            models.CharField(
                blank=True,
                help_text="Why they will become evidence; anticipated holds rest on it (462.4).",
                max_length=1000,
            ),
        ),
        ("lift_ground", models.CharField(blank=True, choices=GROUNDS, max_length=10)),
        ("lift_reason", models.CharField(blank=True, max_length=300)),
        ("origin", models.CharField(choices=ORIGINS, default="reads", max_length=10)),
        (
            "placed_on",
            models.JSONField(blank=True, default=dict, help_text="The search, or cameras, from and to. No plate."),
        ),
        ("reads", models.PositiveIntegerField(default=0, help_text="How many it was placed on.")),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("detections", "0010_search_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *[
            migrations.AddField(model_name=model, name=name, field=field)
            for model in ("hold", "historicalhold")
            for name, field in fields()
        ],
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=~Q(kind="anticipated") | ~Q(belief=""), name="hold_anticipated_states_its_belief"
            ),
        ),
        migrations.CreateModel(
            name="HoldReview",
            fields=[
                (
                    "id",
                    models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("reviewed_at", models.DateTimeField()),
                ("words", models.CharField(max_length=500)),
                ("due_on", models.DateField(help_text="The day it was to be looked at.")),
                ("next_on", models.DateField(help_text="The day it is looked at next.")),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="detections.hold"
                    ),
                ),
                ("reviewed_by", person()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(words=""), name="hold_review_has_words")],
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                (
                    "id",
                    models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("medium", models.CharField(choices=MEDIA, max_length=12)),
                ("place", models.CharField(help_text="Name of the repository, or id of the medium.", max_length=80)),
                ("number", models.CharField(help_text="Evidence booking number.", max_length=60)),
                ("sha256", models.CharField(help_text="Of the exported package or file, hex.", max_length=64)),
                ("booked_by", models.CharField(help_text="Who handed it in, by name or badge.", max_length=120)),
                ("booked_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to="detections.hold"
                    ),
                ),
                ("recorded_by", person()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="booking_hash_is_sha256"),
                    models.CheckConstraint(
                        condition=~Q(place="") & ~Q(number="") & ~Q(booked_by=""),
                        name="booking_can_be_found_again",
                    ),
                    models.CheckConstraint(
                        condition=Q(booked_at__lte=F("recorded_at")), name="booking_before_its_record"
                    ),
                ],
            },
        ),
    ]
