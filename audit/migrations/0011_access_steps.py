"""The road of a request for access, kept by the database too: no step is left out, nothing asked is changed later.

Also whose hand moves it: who asked, or whom it is for, neither approves nor opens it, whatever program writes the row.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_access_steps() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request for access is kept' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.decision <> '' OR NEW.activated_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a request for access begins by being asked' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.username, OLD.first_name, OLD.last_name, OLD.email, OLD.badge, OLD.employee_number, OLD.classification,
        OLD.division_id, OLD.kind, OLD.roles, OLD.why, OLD.wanted_until, OLD.supervisor_id, OLD.asked_by_id, OLD.asked_at)
        IS DISTINCT FROM
        (NEW.id, NEW.username, NEW.first_name, NEW.last_name, NEW.email, NEW.badge, NEW.employee_number, NEW.classification,
        NEW.division_id, NEW.kind, NEW.roles, NEW.why, NEW.wanted_until, NEW.supervisor_id, NEW.asked_by_id, NEW.asked_at)
    THEN
        RAISE EXCEPTION 'what was asked for is not changed' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.decision IN ('refused') OR OLD.withdrawn_at IS NOT NULL OR OLD.activated_at IS NOT NULL THEN
        RAISE EXCEPTION 'this request for access is over' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.decision = 'approved' AND (OLD.decision, OLD.decided_by_id, OLD.decided_at, OLD.decision_words)
        IS DISTINCT FROM (NEW.decision, NEW.decided_by_id, NEW.decided_at, NEW.decision_words) THEN
        RAISE EXCEPTION 'the supervisor has decided' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.activated_at IS NOT NULL THEN
        IF OLD.decision <> 'approved' OR NEW.withdrawn_at IS NOT NULL OR NEW.activated_at < OLD.decided_at THEN
            RAISE EXCEPTION 'access opens after the supervisor approved it' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.activated_by_id = NEW.person_id OR OLD.person_id IS NOT NULL AND NEW.person_id <> OLD.person_id THEN
            RAISE EXCEPTION 'nobody opens their own access' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.person_id IS DISTINCT FROM OLD.person_id THEN
        RAISE EXCEPTION 'the account comes with the opening' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_steps BEFORE INSERT OR UPDATE OR DELETE ON audit_accessrequest
    FOR EACH ROW EXECUTE FUNCTION audit_access_steps();
"""

UNGUARD = """
DROP TRIGGER access_steps ON audit_accessrequest;
DROP FUNCTION audit_access_steps();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0010_exports_and_destroyed_values")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
