"""The rows of imported lists: one partition for each import, made and taken away by functions of the owner's.

The serving role may change no table's shape, and no row of a list that was taken in. The functions take nothing on
trust: only the number of an import that is being read gets a partition, and none goes while its rows are live.
"""

from django.db import migrations, models

FOLD = "translate(plate, 'OQDILBSZG', '000118526')"

TABLE = f"""
CREATE TABLE hotlists_listedplate (
    import_id bigint NOT NULL,
    line bigint NOT NULL,
    plate varchar(8) COLLATE "C" NOT NULL,
    state varchar(2) NOT NULL,
    category varchar(20) NOT NULL,
    file_type varchar(40) NOT NULL,
    system varchar(4) NOT NULL,
    entry_number varchar(30) NOT NULL,
    vehicle varchar(200) NOT NULL,
    reason varchar(500) NOT NULL,
    entered_on date
) PARTITION BY LIST (import_id);
CREATE INDEX listed_by_fold ON hotlists_listedplate ({FOLD});
"""

# An import is locked by its row, so that its rows cannot become live while they are taken away.
OPEN = """
CREATE FUNCTION hotlists_drop_listed(number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '40ms' AS $$
DECLARE
    named text := 'hotlists_listedplate_' || number;
    found oid := to_regclass('public.' || quote_ident(named));
BEGIN
    IF found IS NULL THEN
        RETURN 'absent';
    END IF;
    BEGIN
        PERFORM FROM public.hotlists_hotlistimport i WHERE i.id = number FOR UPDATE;
        IF EXISTS (SELECT FROM public.hotlists_hotlistimport i WHERE i.id = number AND i.status = 'live')
            OR EXISTS (SELECT FROM public.hotlists_hotlist l WHERE l.live_import_id = number) THEN
            RAISE EXCEPTION 'the rows of import % are live', number USING ERRCODE = 'PK002';
        END IF;
        IF EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = found) THEN
            -- As long as it waits, the matching of reads waits behind it.
            LOCK TABLE ONLY public.hotlists_listedplate IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('ALTER TABLE public.hotlists_listedplate DETACH PARTITION public.%I', named);
        END IF;
        EXECUTE format('DROP TABLE public.%I', named);
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN RETURN 'busy';
    END;
    RETURN 'dropped';
END $$;
REVOKE ALL ON FUNCTION hotlists_drop_listed(bigint) FROM PUBLIC;

-- Whoever may read the lists may write into the new partition until it is sealed.
CREATE FUNCTION hotlists_open_listed(number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    named text := 'hotlists_listedplate_' || number;
    reader record;
BEGIN
    IF NOT EXISTS (SELECT FROM public.hotlists_hotlistimport i
                   WHERE i.id = number AND i.status IN ('waiting', 'running') AND i.live_from IS NULL) THEN
        RAISE EXCEPTION 'import % is not being read', number USING ERRCODE = 'PK001';
    END IF;
    IF public.hotlists_drop_listed(number) = 'busy' THEN
        RETURN 'busy';
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.hotlists_listedplate,'
        ' CONSTRAINT of_this_import CHECK (import_id = %s))', named, number);
    EXECUTE format('ALTER TABLE public.%I ALTER import_id SET DEFAULT %s', named, number);
    FOR reader IN SELECT DISTINCT a.grantee FROM pg_class c, LATERAL aclexplode(c.relacl) a
                  WHERE c.oid = 'public.hotlists_listedplate'::regclass AND a.privilege_type = 'SELECT'
                  AND a.grantee NOT IN (0, c.relowner) LOOP
        EXECUTE format('GRANT SELECT, INSERT ON public.%I TO %I', named, pg_get_userbyid(reader.grantee));
    END LOOP;
    RETURN 'opened';
END $$;
REVOKE ALL ON FUNCTION hotlists_open_listed(bigint) FROM PUBLIC;
"""

# Until it is attached nobody reads it. The check spares the scan; attaching lets readers go on.
SEAL = f"""
CREATE FUNCTION hotlists_seal_listed(number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '200ms' SET maintenance_work_mem = '128MB' SET default_statistics_target = 20 AS $$
DECLARE
    named text := 'hotlists_listedplate_' || number;
    writer record;
BEGIN
    IF to_regclass('public.' || quote_ident(named)) IS NULL OR NOT EXISTS (
        SELECT FROM public.hotlists_hotlistimport i
        WHERE i.id = number AND i.status IN ('waiting', 'running') AND i.live_from IS NULL) THEN
        RAISE EXCEPTION 'import % is not being read', number USING ERRCODE = 'PK001';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = ('public.' || quote_ident(named))::regclass) THEN
        RETURN 'sealed';
    END IF;
    FOR writer IN SELECT DISTINCT a.grantee FROM pg_class c, LATERAL aclexplode(c.relacl) a
                  WHERE c.oid = ('public.' || quote_ident(named))::regclass AND a.privilege_type = 'INSERT'
                  AND a.grantee NOT IN (0, c.relowner) LOOP
        EXECUTE format('REVOKE INSERT ON public.%I FROM %I', named, pg_get_userbyid(writer.grantee));
    END LOOP;
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON public.%I ({FOLD.replace("'", "''")})', named || '_fold', named);
    EXECUTE format('ANALYZE public.%I', named);
    BEGIN
        EXECUTE format('ALTER TABLE public.hotlists_listedplate ATTACH PARTITION public.%I FOR VALUES IN (%s)',
            named, number);
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN RETURN 'busy';
    END;
    RETURN 'sealed';
END $$;
REVOKE ALL ON FUNCTION hotlists_seal_listed(bigint) FROM PUBLIC;

CREATE FUNCTION hotlists_listed() RETURNS TABLE (number bigint, sealed boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT substring(c.relname FROM '[0-9]+$')::bigint, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^hotlists_listedplate_[0-9]+$'
    ORDER BY 1
$$;
"""  # noqa: S608 - text of our own

BACK = """
DROP FUNCTION hotlists_listed();
DROP FUNCTION hotlists_seal_listed(bigint);
DROP FUNCTION hotlists_open_listed(bigint);
DROP FUNCTION hotlists_drop_listed(bigint);
DROP TABLE hotlists_listedplate;
"""


class Migration(migrations.Migration):
    dependencies = [("hotlists", "0003_sources_imports_shares")]

    operations = [
        migrations.AddField(
            model_name="hotlistimport",
            name="expect_shrink",
            field=models.BooleanField(
                default=False, help_text="Who handed it in said that the list becomes much shorter."
            ),
        ),
        migrations.RunSQL([TABLE, OPEN, SEAL], BACK),
    ]
