"""Reads and their keys name cameras that exist: checked once a statement over all its new rows, and when a camera goes.

The same promise as the foreign keys it takes the place of, at a cost that does not grow with each read.
"""

import django.db.models.deletion
from django.db import migrations, models

CHECK = """
CREATE FUNCTION detections_cameras_exist() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT camera_id FROM fresh EXCEPT SELECT id FROM public.cameras_camera) THEN
        RAISE EXCEPTION '% names a camera that does not exist', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER detection_cameras_exist AFTER INSERT ON detections_detection
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION detections_cameras_exist();
CREATE TRIGGER detection_cameras_still_exist AFTER UPDATE ON detections_detection
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION detections_cameras_exist();

CREATE FUNCTION detections_camera_is_named() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.detections_detection WHERE camera_id = OLD.id)
        OR EXISTS (SELECT 1 FROM public.detections_ingestkey WHERE camera_id = OLD.id) THEN
        RAISE EXCEPTION 'this camera has reads: it is retired, never removed' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER camera_is_named BEFORE DELETE ON cameras_camera
    FOR EACH ROW EXECUTE FUNCTION detections_camera_is_named();
"""

UNCHECK = """
DROP TRIGGER camera_is_named ON cameras_camera;
DROP FUNCTION detections_camera_is_named();
DROP TRIGGER detection_cameras_still_exist ON detections_detection;
DROP TRIGGER detection_cameras_exist ON detections_detection;
DROP FUNCTION detections_cameras_exist();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0002_device_key_revocation"),
        ("detections", "0006_read_time_as_brin"),
    ]

    operations = [
        migrations.AlterField(
            model_name="detection",
            name="camera",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="detections",
                to="cameras.camera",
            ),
        ),
        migrations.RunSQL(CHECK, UNCHECK),
    ]
