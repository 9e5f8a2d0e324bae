"""Near keys are filled by the database, in the statement that enters a hot plate, by whatever door it comes.

Partial entries have none: they are few and are compared one by one. Nor have rows of imported lists, which are found by
the fold of their own plate (migration 0004). A list whose ``near`` changes gets its keys anew in the same statement.
"""

from django.db import migrations

# A string of 8 has some 180 folds one character off, one of 7 has 400: a day's hand entries, not a state's list.
KEYS = """
CREATE FUNCTION hotlists_near_folds(plate text, near text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH own AS (SELECT translate(plate, 'OQDILBSZG', '000118526') AS fold),
    letter AS (SELECT unnest(string_to_array('0123456789ACEFHJKMNPRTUVWXY', NULL)) AS c),
    place AS (SELECT fold, i FROM own, generate_series(1, length(fold) + 1) AS i WHERE near = 'edit1' AND length(plate) >= 5)
    SELECT fold FROM own
    UNION SELECT overlay(fold PLACING c FROM i FOR 1) FROM place, letter WHERE i <= length(fold)
    UNION SELECT overlay(fold PLACING '' FROM i FOR 1) FROM place WHERE i <= length(fold)
    UNION SELECT overlay(fold PLACING c FROM i FOR 0) FROM place, letter WHERE length(fold) < 8
$$;

-- The lists are locked against a change of their `near`: an entry has the keys of what its list says in the end.
CREATE FUNCTION hotlists_add_near_keys(plates uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM l.id FROM public.hotlists_hotlist l
    WHERE l.id IN (SELECT h.hot_list_id FROM public.hotlists_hotplate h WHERE h.id = ANY(plates)) ORDER BY l.id FOR SHARE;
    INSERT INTO public.hotlists_nearkey (hot_plate_id, fold)
    SELECT h.id, k.fold FROM public.hotlists_hotplate h JOIN public.hotlists_hotlist l ON l.id = h.hot_list_id,
           LATERAL public.hotlists_near_folds(h.plate, l.near) AS k (fold)
    WHERE h.id = ANY(plates) AND h.listed_digest IS NULL AND NOT h.partial AND h.withdrawn_at IS NULL;
END $$;

CREATE FUNCTION hotlists_hot_plates_entered() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entered uuid[] := (SELECT array_agg(f.id) FROM fresh f WHERE f.listed_digest IS NULL AND NOT f.partial);
BEGIN
    IF entered IS NOT NULL THEN
        PERFORM public.hotlists_add_near_keys(entered);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hot_plate_near_keys AFTER INSERT ON hotlists_hotplate
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION hotlists_hot_plates_entered();

CREATE FUNCTION hotlists_hot_plate_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.hotlists_nearkey k WHERE k.hot_plate_id = NEW.id;
    PERFORM public.hotlists_add_near_keys(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER hot_plate_near_keys_again AFTER UPDATE OF plate, partial, hot_list_id, withdrawn_at ON hotlists_hotplate
    FOR EACH ROW WHEN ((OLD.plate, OLD.partial, OLD.hot_list_id, OLD.withdrawn_at IS NULL)
                       IS DISTINCT FROM (NEW.plate, NEW.partial, NEW.hot_list_id, NEW.withdrawn_at IS NULL))
    EXECUTE FUNCTION hotlists_hot_plate_changed();

CREATE FUNCTION hotlists_near_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    live uuid[] := ARRAY(SELECT DISTINCT k.hot_plate_id FROM public.hotlists_nearkey k
                         JOIN public.hotlists_hotplate h ON h.id = k.hot_plate_id WHERE h.hot_list_id = NEW.id);
BEGIN
    DELETE FROM public.hotlists_nearkey k WHERE k.hot_plate_id = ANY(live);
    PERFORM public.hotlists_add_near_keys(live);
    RETURN NULL;
END $$;
CREATE TRIGGER hot_list_near_keys AFTER UPDATE OF near ON hotlists_hotlist
    FOR EACH ROW WHEN (OLD.near IS DISTINCT FROM NEW.near) EXECUTE FUNCTION hotlists_near_changed();

SELECT hotlists_add_near_keys(ARRAY(
    SELECT id FROM hotlists_hotplate WHERE withdrawn_at IS NULL AND expiry_recorded_at IS NULL));
"""

# What matching asks at every batch: the few partial entries, and the imports that were live before the live ones.
INDEXES = """
CREATE INDEX hot_plate_partial ON hotlists_hotplate (expires_at) WHERE partial AND withdrawn_at IS NULL;
CREATE INDEX import_kept ON hotlists_hotlistimport (hot_list_id, live_until)
    WHERE status = 'superseded' AND dropped_at IS NULL;
"""

BACK = """
DROP TRIGGER hot_list_near_keys ON hotlists_hotlist;
DROP TRIGGER hot_plate_near_keys_again ON hotlists_hotplate;
DROP TRIGGER hot_plate_near_keys ON hotlists_hotplate;
DROP FUNCTION hotlists_near_changed();
DROP FUNCTION hotlists_hot_plate_changed();
DROP FUNCTION hotlists_hot_plates_entered();
DROP FUNCTION hotlists_add_near_keys(uuid[]);
DROP FUNCTION hotlists_near_folds(text, text);
DROP INDEX hot_plate_partial, import_kept;
DELETE FROM hotlists_nearkey;
"""


class Migration(migrations.Migration):
    dependencies = [("hotlists", "0004_listed_plates")]

    operations = [migrations.RunSQL([KEYS, INDEXES], BACK)]
