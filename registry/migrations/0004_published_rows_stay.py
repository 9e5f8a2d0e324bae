"""What was counted or published never changes, whatever role asks; a publication is decided about once.

Rights take TRUNCATE away from the serving role (manage.py grant_app_role).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION registry_counted_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a counted month is never counted again' USING ERRCODE = '23001';
END $$;
CREATE TRIGGER counted_stays BEFORE UPDATE OR DELETE ON registry_monthfigure
    FOR EACH ROW EXECUTE FUNCTION registry_counted_stays();
CREATE FUNCTION registry_published_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE'
        OR (OLD.id, OLD.content, OLD.sha256, OLD.closed_upto, OLD.note, OLD.prepared_by_id, OLD.prepared_at)
            IS DISTINCT FROM
           (NEW.id, NEW.content, NEW.sha256, NEW.closed_upto, NEW.note, NEW.prepared_by_id, NEW.prepared_at)
        OR (OLD.state <> 'prepared' AND
            (OLD.state, OLD.number, OLD.decided_by_id, OLD.decided_at, OLD.decision_words) IS DISTINCT FROM
            (NEW.state, NEW.number, NEW.decided_by_id, NEW.decided_at, NEW.decision_words))
        OR (OLD.record_index IS NOT NULL AND OLD.record_index IS DISTINCT FROM NEW.record_index) THEN
        RAISE EXCEPTION 'a publication is never changed' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON registry_publication
    FOR EACH ROW EXECUTE FUNCTION registry_published_stays();
"""
BACK = """
DROP TRIGGER published_stays ON registry_publication;
DROP FUNCTION registry_published_stays();
DROP TRIGGER counted_stays ON registry_monthfigure;
DROP FUNCTION registry_counted_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_accountability")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
