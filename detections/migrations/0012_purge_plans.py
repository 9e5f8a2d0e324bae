"""Purges by partition: plans, certificates, and the owner's functions that take a partition away (docs/adr/0007).

The serving role may change no table's shape, so three functions do it for purges. They take nothing on trust: only a
partition of reads, only one that ends before the cutoff, only a cutoff of thirty days ago or more, and only while every
read under a live hold, with an open hit or come in late stands among the remains.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ids
import detections.models.purges

WATCH = """
CREATE FUNCTION detections_came_late() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.detections_latecomer (detection_id, camera_id, captured_at)
    VALUES (NEW.id, NEW.camera_id, NEW.captured_at);
    RETURN NULL;
END $$;

-- From now on each read that comes into the partition is written down, so that a plan made afterwards can be trusted.
CREATE FUNCTION detections_watch_partition(named text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '40ms' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.detections_partitions() p WHERE p.name = named) THEN
        RAISE EXCEPTION 'not a partition of reads: %', named USING ERRCODE = 'PK001';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = format('public.%I', named)::regclass
               AND t.tgname = 'read_came_late') THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TRIGGER read_came_late AFTER INSERT ON public.%I'
        ' FOR EACH ROW EXECUTE FUNCTION public.detections_came_late()', named);
END $$;
REVOKE ALL ON FUNCTION detections_watch_partition(text) FROM PUBLIC;
"""

REMAINS = """
-- A small table of the reads that stay, with all indexes, ready to take the partition's place without being scanned.
-- Returns the photographs of these reads.
CREATE FUNCTION detections_make_remains(named text, cameras integer[], times timestamptz[], ids uuid[])
RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET lock_timeout = '10s' AS $$
DECLARE
    span record;
    remains text := named || '_kept';
    pictures uuid[];
BEGIN
    SELECT p.first, p.upto INTO span FROM public.detections_partitions() p WHERE p.name = named;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not a partition of reads: %', named USING ERRCODE = 'PK001';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS public.%I', remains);
    EXECUTE format('CREATE TABLE public.%I (LIKE public.detections_detection INCLUDING ALL,'
        ' CONSTRAINT read_in_range CHECK (captured_at >= %L AND captured_at < %L))', remains, span.first, span.upto);
    EXECUTE format('INSERT INTO public.%I SELECT DISTINCT d.* FROM unnest($1, $2, $3) AS k (camera_id, captured_at, id)'
        ' JOIN public.%I d ON d.camera_id = k.camera_id AND d.captured_at = k.captured_at AND d.id = k.id',
        remains, named) USING cameras, times, ids;
    EXECUTE format('SELECT array_agg(DISTINCT photo_id) FROM public.%I WHERE photo_id IS NOT NULL', remains)
        INTO pictures;
    RETURN coalesce(pictures, '{}');
END $$;
REVOKE ALL ON FUNCTION detections_make_remains(text, integer[], timestamptz[], uuid[]) FROM PUBLIC;
"""

# What must stay, found again under the lock: nothing can be put under a hold any more until the transaction ends.
KEPT = """
    SELECT h.camera_id, h.captured_at, h.detection_id FROM public.detections_heldread h
    JOIN public.detections_hold o ON o.id = h.hold_id
    WHERE h.captured_at >= $1 AND h.captured_at < $2 AND o.lifted_at IS NULL
    UNION
    SELECT t.camera_id, t.captured_at, t.detection_id FROM public.detections_hit t
    WHERE t.captured_at >= $1 AND t.captured_at < $2 AND t.status <> 'closed'
    UNION
    SELECT l.camera_id, l.captured_at, l.detection_id FROM public.detections_latecomer l
    WHERE l.captured_at >= $1 AND l.captured_at < $2
"""

# As long as it waits for the parent, everything that reads or writes reads waits behind it: 30 + 5 + 5 ms at most. It
# says "swapped", "busy" (others hold the reads) or "changed" (another read must stay); but for the first, the inner
# block has put back all it did and given back its locks.
SWAP = f"""
CREATE FUNCTION detections_swap_partition(named text, remains text, cutoff timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET lock_timeout = '30ms' AS $$
DECLARE
    span record;
    lost boolean;
    stays boolean := remains IS NOT NULL;
BEGIN
    SELECT p.first, p.upto INTO span FROM public.detections_partitions() p WHERE p.name = named;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not a partition of reads: %', named USING ERRCODE = 'PK001';
    END IF;
    IF remains IS NOT NULL AND remains <> named || '_kept' THEN
        RAISE EXCEPTION 'not the remains of this partition: %', remains USING ERRCODE = 'PK001';
    END IF;
    IF cutoff IS NULL OR cutoff > now() - interval '30 days' OR span.upto > cutoff THEN
        RAISE EXCEPTION 'reads of this partition are younger than the cutoff' USING ERRCODE = 'PK002';
    END IF;
    BEGIN
        LOCK TABLE ONLY public.detections_detection IN ACCESS EXCLUSIVE MODE;
        PERFORM set_config('lock_timeout', '5ms', true);
        EXECUTE format('LOCK TABLE ONLY public.%I IN ACCESS EXCLUSIVE MODE', named);
        IF stays THEN
            LOCK TABLE ONLY public.detections_detection_stray IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('SELECT EXISTS (SELECT FROM (%s) AS k (camera_id, captured_at, id)'
                ' WHERE NOT EXISTS (SELECT FROM public.%I r WHERE r.camera_id = k.camera_id'
                ' AND r.captured_at = k.captured_at AND r.id = k.id)'
                ' AND EXISTS (SELECT FROM public.%I d WHERE d.camera_id = k.camera_id'
                ' AND d.captured_at = k.captured_at AND d.id = k.id))', $kept${KEPT}$kept$, remains, named)
                INTO lost USING span.first, span.upto;
        ELSE
            EXECUTE format('SELECT EXISTS (SELECT FROM (%s) AS k (camera_id, captured_at, id)'
                ' WHERE EXISTS (SELECT FROM public.%I d WHERE d.camera_id = k.camera_id'
                ' AND d.captured_at = k.captured_at AND d.id = k.id))', $kept${KEPT}$kept$, named)
                INTO lost USING span.first, span.upto;
        END IF;
        IF lost THEN
            RAISE EXCEPTION 'a read that must stay is not among the remains' USING ERRCODE = 'PK003';
        END IF;
        EXECUTE format('ALTER TABLE public.detections_detection DETACH PARTITION public.%I', named);
        IF stays THEN
            EXECUTE format('ALTER TABLE public.detections_detection ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                remains, span.first, span.upto);
            EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT read_in_range', remains);
        END IF;
        EXECUTE format('DROP TABLE public.%I', named);
        IF stays THEN
            EXECUTE format('ALTER TABLE public.%I RENAME TO %I', remains, named);
        END IF;
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN RETURN 'busy';
        WHEN SQLSTATE 'PK003' THEN RETURN 'changed';
    END;
    RETURN 'swapped';
END $$;
REVOKE ALL ON FUNCTION detections_swap_partition(text, text, timestamptz) FROM PUBLIC;
"""  # noqa: S608 - text of our own

BACK = """
DROP FUNCTION detections_swap_partition(text, text, timestamptz);
DROP FUNCTION detections_make_remains(text, integer[], timestamptz[], uuid[]);
DROP FUNCTION detections_watch_partition(text);
DROP FUNCTION detections_came_late() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0003_camera_number"),
        ("detections", "0011_holds_and_booking"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PurgePlan",
            fields=[
                (
                    "id",
                    models.UUIDField(default=audit.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("done", "Carried out"),
                            ("replaced", "Replaced by a newer one"),
                            ("failed", "Could not be made"),
                        ],
                        default="making",
                        max_length=10,
                    ),
                ),
                (
                    "progress",
                    models.PositiveSmallIntegerField(default=0, help_text="Percent, while it is being made."),
                ),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                ("partition", models.CharField(max_length=63)),
                ("first", models.DateTimeField()),
                ("upto", models.DateTimeField()),
                (
                    "due_at",
                    models.DateTimeField(help_text="From then on it may run: ceiling reached, floor passed."),
                ),
                ("profile", models.CharField(max_length=80)),
                ("floor", models.CharField(blank=True, max_length=20)),
                ("ceiling", models.CharField(max_length=20)),
                ("reads", models.PositiveBigIntegerField(default=0, help_text="To be destroyed.")),
                ("earliest", models.DateTimeField(null=True)),
                ("latest", models.DateTimeField(null=True)),
                ("reads_held", models.PositiveBigIntegerField(default=0)),
                ("reads_with_open_hits", models.PositiveBigIntegerField(default=0)),
                ("photos", models.PositiveBigIntegerField(default=0)),
                ("hits", models.PositiveBigIntegerField(default=0)),
                ("corrections", models.PositiveBigIntegerField(default=0)),
                ("quarantined", models.PositiveBigIntegerField(default=0)),
                (
                    "counts",
                    models.JSONField(default=dict, help_text="Reads by camera number and day: {number: {day: count}}."),
                ),
                ("holds", models.JSONField(default=dict, help_text="Reads kept, by hold: {id: count}.")),
                ("kept", models.JSONField(default=list, help_text="References to the reads that this plan leaves.")),
                ("root", models.CharField(blank=True, max_length=64)),
                ("ids_sha256", models.CharField(blank=True, max_length=64)),
                ("ids_file", models.CharField(blank=True, max_length=100)),
                (
                    "chunks",
                    models.BinaryField(default=b"", help_text="Roots of each 4,096 ids: what a proof is built from."),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="purgeplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["making", "ready"])),
                fields=("partition",),
                name="one_live_plan_per_partition",
            ),
        ),
        migrations.AddIndex(model_name="purgeplan", index=models.Index(fields=["-first"], name="purge_plan_by_time")),
        migrations.AddField(
            model_name="purgeapproval",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="detections.purgeplan",
            ),
        ),
        migrations.AddField(
            model_name="purgeapproval",
            name="consent",
            field=models.CharField(blank=True, help_text="The attorney's written consent.", max_length=300),
        ),
        migrations.AddField(
            model_name="purgeapproval",
            name="paper",
            field=models.FileField(blank=True, upload_to=detections.models.purges.approval_paper_path),
        ),
        migrations.AddField(
            model_name="purgeapproval",
            name="paper_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="purgeapproval",
            name="note",
            field=models.CharField(blank=True, help_text="The council's resolution, or another paper.", max_length=300),
        ),
        migrations.AddField(
            model_name="purgecertificate",
            name="plan",
            field=models.OneToOneField(
                help_text="None: single reads.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificate",
                to="detections.purgeplan",
            ),
        ),
        migrations.AddField(model_name="purgecertificate", name="chunks", field=models.BinaryField(default=b"")),
        migrations.AddField(
            model_name="purgecertificate",
            name="ids_file",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="purgecertificate",
            name="ids_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="purgecertificate", name="key_id", field=models.CharField(blank=True, max_length=16)
        ),
        migrations.AddField(model_name="purgecertificate", name="public_key", field=models.TextField(blank=True)),
        migrations.AddField(model_name="purgecertificate", name="signature", field=models.BinaryField(default=b"")),
        migrations.AddField(model_name="purgecertificate", name="statement", field=models.TextField(blank=True)),
        migrations.AlterField(
            model_name="purgecertificate",
            name="cutoff",
            field=models.DateTimeField(help_text="Reads captured before this instant could be destroyed."),
        ),
        migrations.AlterField(
            model_name="purgecertificate",
            name="period",
            field=models.DateField(help_text="The day of the run; a second run on a day finds nothing new."),
        ),
        migrations.AddConstraint(
            model_name="purgecertificate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("plan", None)), fields=("period",), name="one_purge_of_strays_a_day"
            ),
        ),
        migrations.CreateModel(
            name="Latecomer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("detection_id", models.UUIDField(editable=False)),
                ("captured_at", models.DateTimeField(editable=False)),
                (
                    "camera",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cameras.camera",
                        to_field="number",
                    ),
                ),
                (
                    "detection",
                    models.ForeignObject(
                        from_fields=["camera", "captured_at", "detection_id"],
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="%(class)ss",
                        to="detections.detection",
                        to_fields=["camera", "captured_at", "id"],
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["captured_at"], name="latecomer_by_time")]},
        ),
        migrations.CreateModel(
            name="FileRemoval",
            fields=[
                (
                    "certificate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="files",
                        serialize=False,
                        to="detections.purgecertificate",
                    ),
                ),
                ("listed", models.PositiveBigIntegerField()),
                ("removed", models.PositiveBigIntegerField(default=0)),
                (
                    "missing",
                    models.PositiveBigIntegerField(default=0, help_text="Not there when their turn came."),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FileToRemove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "removal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting",
                        to="detections.fileremoval",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlateSweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField()),
                ("bucket", models.PositiveSmallIntegerField(default=0)),
                ("forgotten", models.PositiveBigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="platesweep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("finished_at",),
                name="one_open_sweep",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL([WATCH, REMAINS, SWAP], BACK),
    ]
