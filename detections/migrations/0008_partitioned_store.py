"""Reads partitioned by capture time, the dictionary of their plates, and rows that point at reads (docs/adr/0007).

Partitions are made and taken away by functions of the owner's, since the serving role may change no table's shape.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import detections.fields

FOLD = "translate(plate, 'OQDILBSZG', '000118526')"


def _tokens(length: int) -> str:
    """A token packs two places and the two characters there; a plate of n characters has n (n - 1) / 2 of them."""
    pairs = [(i, j) for i in range(length) for j in range(i + 1, length)]
    one = "(({i} * 8 + {j}) * 128 + get_byte(b, {i})) * 128 + get_byte(b, {j})"
    return ", ".join(one.format(i=i, j=j) for i, j in pairs)


# Written out for each length: a loop takes twice as long, a query fourteen times (1.5, 3.5 and 21 us a plate).
DICTIONARY = f"""
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE FUNCTION detections_plate_tokens(folded text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE b bytea := folded::bytea;
BEGIN
    CASE length(b)
    {" ".join(f"WHEN {n} THEN RETURN ARRAY[{_tokens(n)}];" for n in range(2, 9))}
    ELSE RETURN ARRAY[]::integer[];
    END CASE;
END $$;
CREATE TABLE detections_plate (plate varchar(8) COLLATE "C" PRIMARY KEY);
CREATE INDEX plate_by_fold ON detections_plate ({FOLD});
CREATE INDEX plate_by_end ON detections_plate (reverse(plate));
CREATE INDEX plate_by_part ON detections_plate USING gin (plate gin_trgm_ops);
CREATE INDEX plate_by_places ON detections_plate USING gin (detections_plate_tokens({FOLD}));
-- Without statistics of the tokens the planner guesses one row and joins in a loop.
ALTER INDEX plate_by_places ALTER COLUMN 1 SET STATISTICS 1000;
"""

READS = """
DROP TRIGGER camera_is_named ON cameras_camera;
DROP TRIGGER detection_cameras_still_exist ON detections_detection;
DROP TRIGGER detection_cameras_exist ON detections_detection;
DROP FUNCTION detections_cameras_exist();
DROP INDEX detection_by_plate, detection_by_camera, detection_by_time;
ALTER TABLE detections_detection RENAME TO detections_detection_before;
ALTER TABLE detections_detection_before RENAME CONSTRAINT detection_plate_is_normalised TO before_plate;
ALTER TABLE detections_detection_before RENAME CONSTRAINT detection_confidence_in_range TO before_confidence;
CREATE TABLE detections_detection (
    captured_at timestamptz NOT NULL,
    id uuid NOT NULL,
    camera_id integer NOT NULL,
    latitude integer,
    longitude integer,
    confidence smallint,
    source smallint NOT NULL,
    plate varchar(8) COLLATE "C" NOT NULL,
    state varchar(2) NOT NULL,
    as_read varchar(32) NOT NULL,
    image_reference varchar(200) NOT NULL,
    vehicle varchar(120) NOT NULL,
    photo_id uuid,
    CONSTRAINT detection_plate_is_normalised CHECK (plate ~ '^[A-Z0-9]{1,8}$'),
    CONSTRAINT detection_confidence_in_range CHECK (confidence BETWEEN 0 AND 10000),
    -- full pages once a closed partition is packed; while it grows, pages split as they must
    CONSTRAINT detection_key PRIMARY KEY (plate, captured_at, id) WITH (fillfactor = 100)
) PARTITION BY RANGE (captured_at);
CREATE INDEX detection_by_camera ON detections_detection (camera_id, captured_at) INCLUDE (plate)
    WITH (fillfactor = 100);
CREATE INDEX detection_by_time ON detections_detection USING brin (captured_at)
    WITH (pages_per_range = 32, autosummarize = on);
-- Reads whose time no partition covers: kept, searched and matched like the others until one is made for them.
CREATE TABLE detections_detection_stray PARTITION OF detections_detection DEFAULT;
"""

# The dictionary is locked against its sweep (shared here, alone there) for as long as this transaction's reads are not
# yet seen by others: else a plate could leave it just as a read of it arrives.
TRIGGERS = """
CREATE FUNCTION detections_learn() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT camera_id FROM fresh EXCEPT SELECT number FROM public.cameras_camera) THEN
        RAISE EXCEPTION '% names a camera that does not exist', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(525, 8);
    INSERT INTO public.detections_plate (plate)
    SELECT n.plate FROM (SELECT DISTINCT f.plate FROM fresh f) n
    WHERE NOT EXISTS (SELECT FROM public.detections_plate p WHERE p.plate = n.plate)
    ORDER BY n.plate
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER detection_learn AFTER INSERT ON detections_detection
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION detections_learn();
CREATE TRIGGER detection_learn_again AFTER UPDATE ON detections_detection
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION detections_learn();
CREATE OR REPLACE FUNCTION detections_camera_is_named() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.detections_detection WHERE camera_id = OLD.number)
        OR EXISTS (SELECT 1 FROM public.detections_ingestkey WHERE camera_number = OLD.number) THEN
        RAISE EXCEPTION 'this camera has reads: it is retired, never removed' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER camera_is_named BEFORE DELETE ON cameras_camera
    FOR EACH ROW EXECUTE FUNCTION detections_camera_is_named();
"""

PARTITIONS = r"""
CREATE FUNCTION detections_add_partition(first timestamptz, upto timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made text := 'detections_detection_' || to_char(first AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
    IF first >= upto OR upto - first > interval '32 days' OR first < '2000-01-01' OR upto > now() + interval '1 year' THEN
        RAISE EXCEPTION 'a partition covers 1 to 32 days, none of them more than a year ahead';
    END IF;
    -- As long as it waits, posts of reads wait behind it.
    PERFORM set_config('lock_timeout', '200ms', true);
    LOCK TABLE public.detections_detection IN SHARE UPDATE EXCLUSIVE MODE;
    LOCK TABLE public.detections_detection_stray IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.detections_detection INCLUDING CONSTRAINTS) WITH ('
        'autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)', made);
    EXECUTE format('WITH moved AS (DELETE FROM public.detections_detection_stray'
        ' WHERE captured_at >= %L AND captured_at < %L RETURNING *) INSERT INTO public.%I SELECT * FROM moved',
        first, upto, made);
    EXECUTE format('ALTER TABLE public.detections_detection ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        made, first, upto);
    IF current_setting('server_version_num')::integer >= 170000 THEN
        -- so that the serving role may pack it once it is closed (detections/compaction.py)
        EXECUTE format('GRANT MAINTAIN ON public.%I TO %I', made, session_user);
    END IF;
    RETURN made;
END $$;
CREATE FUNCTION detections_partitions() RETURNS TABLE (name text, first timestamptz, upto timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.relname::text, (regexp_match(b.bound, $re$FROM \('([^']+)'\)$re$))[1]::timestamptz,
           (regexp_match(b.bound, $re$TO \('([^']+)'\)$re$))[1]::timestamptz
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
         LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) b
    WHERE i.inhparent = 'public.detections_detection'::regclass AND b.bound <> 'DEFAULT'
    ORDER BY 2
$$;
"""

POINTERS = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conrelid::regclass AS at, conname FROM pg_constraint
                 WHERE contype = 'f' AND confrelid = 'detections_detection_before'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.at, found.conname);
    END LOOP;
END $$;
ALTER TABLE detections_hit ADD camera_id integer;
ALTER TABLE detections_platecorrection ADD camera_id integer, ADD captured_at timestamptz;
ALTER TABLE detections_heldread ADD camera_id integer, ADD copy jsonb;
UPDATE detections_hit h SET camera_id = c.number
    FROM detections_detection_before d JOIN cameras_camera c ON c.id = d.camera_id WHERE d.id = h.detection_id;
UPDATE detections_platecorrection h SET camera_id = c.number, captured_at = d.captured_at
    FROM detections_detection_before d JOIN cameras_camera c ON c.id = d.camera_id WHERE d.id = h.detection_id;
ALTER TABLE detections_hit ALTER camera_id SET NOT NULL;
ALTER TABLE detections_platecorrection ALTER camera_id SET NOT NULL, ALTER captured_at SET NOT NULL;
ALTER TABLE detections_hit ADD CONSTRAINT hit_camera FOREIGN KEY (camera_id) REFERENCES cameras_camera (number);
ALTER TABLE detections_platecorrection
    ADD CONSTRAINT correction_camera FOREIGN KEY (camera_id) REFERENCES cameras_camera (number);
ALTER TABLE detections_heldread ADD CONSTRAINT held_camera FOREIGN KEY (camera_id) REFERENCES cameras_camera (number);
CREATE INDEX correction_by_read ON detections_platecorrection (captured_at, detection_id);
CREATE INDEX held_by_time ON detections_heldread (captured_at, detection_id);
CREATE INDEX hit_by_time ON detections_hit (captured_at);
"""

KEYS = """
ALTER TABLE detections_ingestkey RENAME TO detections_ingestkey_before;
CREATE TABLE detections_ingestkey (
    key uuid NOT NULL,
    body uuid NOT NULL,
    read_id uuid NOT NULL,
    camera_number integer NOT NULL,
    reason varchar(300) NOT NULL,
    CONSTRAINT ingest_once_per_key PRIMARY KEY (camera_number, key)
);
INSERT INTO detections_ingestkey
SELECT DISTINCT ON (c.number, k.client_key)
       encode(substring(sha256(convert_to(k.client_key, 'UTF8')) FOR 16), 'hex')::uuid,
       encode(substring(k.body_hash FOR 16), 'hex')::uuid, k.read_id, c.number, k.reason
FROM detections_ingestkey_before k JOIN cameras_camera c ON c.id = k.camera_id WHERE k.read_id IS NOT NULL;
DROP TABLE detections_ingestkey_before;
CREATE INDEX ingest_key_by_time ON detections_ingestkey USING brin (read_id);
"""

MOVE = """
INSERT INTO detections_detection
SELECT d.captured_at, d.id, c.number, round(d.latitude * 1000000), round(d.longitude * 1000000),
       round(d.confidence * 10000),
       CASE d.source WHEN 'photo' THEN 2 WHEN 'person' THEN 3 WHEN 'webhook' THEN 4 ELSE 1 END,
       d.plate, d.state, CASE WHEN d.plate_read = d.plate THEN '' ELSE d.plate_read END, d.image_reference, d.vehicle,
       d.photo_id
FROM detections_detection_before d JOIN cameras_camera c ON c.id = d.camera_id;
UPDATE detections_heldread h SET camera_id = d.camera_id, copy = to_jsonb(d)
    FROM detections_detection d WHERE d.id = h.detection_id;
ALTER TABLE detections_heldread ALTER camera_id SET NOT NULL, ALTER copy SET NOT NULL;
DROP TABLE detections_detection_before;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0003_camera_number"),
        ("detections", "0007_cameras_checked_by_statement"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL([DICTIONARY, READS, POINTERS, KEYS, TRIGGERS, PARTITIONS, MOVE]),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Plate",
                    fields=[
                        ("plate", models.CharField(db_collation="C", max_length=8, primary_key=True, serialize=False)),
                    ],
                ),
                migrations.RemoveConstraint(
                    model_name="heldread",
                    name="read_once_per_hold",
                ),
                migrations.RemoveConstraint(
                    model_name="hit",
                    name="one_hit_per_read_and_hot_plate",
                ),
                migrations.RemoveConstraint(
                    model_name="ingestkey",
                    name="ingest_once_per_client_key",
                ),
                migrations.RemoveIndex(
                    model_name="detection",
                    name="detection_by_plate",
                ),
                migrations.RemoveIndex(
                    model_name="detection",
                    name="detection_by_camera",
                ),
                migrations.RemoveIndex(
                    model_name="detection",
                    name="detection_by_time",
                ),
                migrations.RemoveIndex(
                    model_name="ingestkey",
                    name="ingest_key_by_time",
                ),
                migrations.RemoveField(
                    model_name="detection",
                    name="plate_read",
                ),
                migrations.RemoveField(
                    model_name="detection",
                    name="received_at",
                ),
                migrations.RemoveField(
                    model_name="historicalhit",
                    name="detection",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="body_hash",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="camera",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="client_key",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="id",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="received_at",
                ),
                migrations.RemoveField(
                    model_name="ingestkey",
                    name="status",
                ),
                migrations.AddField(
                    model_name="detection",
                    name="as_read",
                    field=models.CharField(
                        blank=True, help_text="As it was read, where that is not the plate.", max_length=32
                    ),
                ),
                migrations.AddField(
                    model_name="heldread",
                    name="camera",
                    field=models.ForeignKey(
                        db_index=False,
                        default=None,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cameras.camera",
                        to_field="number",
                    ),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="heldread",
                    name="copy",
                    field=models.JSONField(default=dict, help_text="The row of the read."),
                ),
                migrations.AddField(
                    model_name="heldread",
                    name="detection_id",
                    field=models.UUIDField(default=None, editable=False),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="historicalhit",
                    name="detection_id",
                    field=models.UUIDField(default=None, editable=False),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="hit",
                    name="camera",
                    field=models.ForeignKey(
                        db_index=False,
                        default=None,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cameras.camera",
                        to_field="number",
                    ),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="hit",
                    name="detection_id",
                    field=models.UUIDField(default=None, editable=False),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="ingestkey",
                    name="body",
                    field=models.UUIDField(default=None),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="ingestkey",
                    name="camera_number",
                    field=models.IntegerField(default=None),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="ingestkey",
                    name="key",
                    field=models.UUIDField(default=None),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="ingestkey",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "camera_number", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                migrations.AddField(
                    model_name="platecorrection",
                    name="camera",
                    field=models.ForeignKey(
                        db_index=False,
                        default=None,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cameras.camera",
                        to_field="number",
                    ),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="platecorrection",
                    name="captured_at",
                    field=models.DateTimeField(default=None, editable=False),
                    preserve_default=False,
                ),
                migrations.AddField(
                    model_name="platecorrection",
                    name="detection_id",
                    field=models.UUIDField(default=None, editable=False),
                    preserve_default=False,
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="camera",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detections",
                        to="cameras.camera",
                        to_field="number",
                    ),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="confidence",
                    field=detections.fields.ScaledField(
                        blank=True, help_text="0 to 1, as the reader said.", null=True, small=True, steps=10000
                    ),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="latitude",
                    field=detections.fields.ScaledField(
                        blank=True,
                        help_text="The device's own; else the deployment's site tells.",
                        null=True,
                        small=False,
                        steps=1000000,
                    ),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="longitude",
                    field=detections.fields.ScaledField(blank=True, null=True, small=False, steps=1000000),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="photo",
                    field=models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="detections.photo",
                    ),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="plate",
                    field=models.CharField(db_collation="C", max_length=8),
                ),
                migrations.AlterField(
                    model_name="detection",
                    name="source",
                    field=models.SmallIntegerField(
                        choices=[
                            (1, "Device"),
                            (2, "Photograph read by machine"),
                            (3, "Photograph read by a person"),
                            (4, "Vendor software"),
                            (5, "Uploaded file"),
                        ],
                        default=1,
                    ),
                ),
                migrations.AlterField(
                    model_name="heldread",
                    name="captured_at",
                    field=models.DateTimeField(editable=False),
                ),
                migrations.AlterField(
                    model_name="heldread",
                    name="detection",
                    field=models.ForeignObject(
                        from_fields=("camera", "captured_at", "detection_id"),
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="%(class)ss",
                        to="detections.detection",
                        to_fields=("camera", "captured_at", "id"),
                    ),
                ),
                migrations.AlterField(
                    model_name="hit",
                    name="captured_at",
                    field=models.DateTimeField(editable=False),
                ),
                migrations.AlterField(
                    model_name="hit",
                    name="detection",
                    field=models.ForeignObject(
                        from_fields=("camera", "captured_at", "detection_id"),
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="%(class)ss",
                        to="detections.detection",
                        to_fields=("camera", "captured_at", "id"),
                    ),
                ),
                migrations.AlterField(
                    model_name="ingestkey",
                    name="read_id",
                    field=models.UUIDField(default=None),
                    preserve_default=False,
                ),
                migrations.AlterField(
                    model_name="ingestkey",
                    name="reason",
                    field=models.CharField(
                        blank=True, help_text="Why it is quarantined; blank where recorded.", max_length=300
                    ),
                ),
                migrations.AlterField(
                    model_name="platecorrection",
                    name="detection",
                    field=models.ForeignObject(
                        from_fields=("camera", "captured_at", "detection_id"),
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="%(class)ss",
                        to="detections.detection",
                        to_fields=("camera", "captured_at", "id"),
                    ),
                ),
                migrations.AddIndex(
                    model_name="heldread",
                    index=models.Index(fields=["captured_at", "detection_id"], name="held_by_time"),
                ),
                migrations.AddIndex(
                    model_name="hit",
                    index=models.Index(fields=["captured_at"], name="hit_by_time"),
                ),
                migrations.AddIndex(
                    model_name="ingestkey",
                    index=django.contrib.postgres.indexes.BrinIndex(fields=["read_id"], name="ingest_key_by_time"),
                ),
                migrations.AddIndex(
                    model_name="platecorrection",
                    index=models.Index(fields=["captured_at", "detection_id"], name="correction_by_read"),
                ),
                migrations.AddConstraint(
                    model_name="heldread",
                    constraint=models.UniqueConstraint(fields=("hold", "detection_id"), name="read_once_per_hold"),
                ),
                migrations.AddConstraint(
                    model_name="hit",
                    constraint=models.UniqueConstraint(
                        fields=("detection_id", "hot_plate"), name="one_hit_per_read_and_hot_plate"
                    ),
                ),
            ],
        ),
    ]
