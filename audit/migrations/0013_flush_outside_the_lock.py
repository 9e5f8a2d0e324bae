"""The log's lock is no longer held while the disk works, where the transaction holds nothing but the record.

``audit_ledger_append`` gets ``flush_follows``: its caller promises to wait, after the commit, until all that was written
before is on disk. A transaction that has written anything else is committed durably under the lock as before, so that
nobody sees an act before it is durable. docs/adr/0011 says why this is safe.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("audit.migrations.0009_one_trip_append")

APPEND = """
CREATE FUNCTION audit_ledger_append(
    before_index text, before_clock text, after_clock text, p_at timestamptz, expected_activation bigint,
    p_query text, p_reason text, p_case_number text, p_subject_label text, p_detail text, p_salts bytea,
    flush_follows boolean,
    OUT record_index bigint, OUT activation bigint
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head record;
    leaf text;
    hash bytea;
    carry bytea;
    root bytea;
    completed bytea := ''::bytea;
    rest bigint;
    kept int;
    nothing_else boolean := pg_current_xact_id_if_assigned() IS NULL
        AND current_setting('synchronous_standby_names') = '';
BEGIN
    IF expected_activation IS NOT NULL THEN
        -- The policy whose stamp was prepared must be the one in force; else nothing is written, and the caller asks.
        SELECT a.id INTO activation FROM audit_policyactivation a
        WHERE a.effective_from <= p_at
        ORDER BY a.effective_from DESC, a.id DESC LIMIT 1;
        activation := coalesce(activation, 0);
        IF activation <> expected_activation THEN
            RETURN;
        END IF;
    END IF;
    SELECT h.size, h.frontier, h.clock INTO STRICT head FROM audit_ledger_head() h;
    leaf := before_index || head.size || before_clock
        || to_char(head.clock AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || after_clock;
    hash := sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'));
    carry := hash;
    rest := head.size;
    kept := length(head.frontier);
    WHILE rest & 1 = 1 LOOP
        carry := sha256('\\x01'::bytea || substring(head.frontier FROM kept - 31 FOR 32) || carry);
        completed := completed || carry;
        kept := kept - 32;
        rest := rest >> 1;
    END LOOP;
    root := carry;
    WHILE kept > 0 LOOP
        root := sha256('\\x01'::bytea || substring(head.frontier FROM kept - 31 FOR 32) || root);
        kept := kept - 32;
    END LOOP;
    -- The columns are read from the leaf that is hashed, so the two cannot say different things.
    INSERT INTO audit_ledgerentry (
        index, version, at, recorded_at, action, outcome, actor_kind, actor_id, username, organisation, address,
        device_class, session, purpose, subject_type, subject_id, result_count, duration_us, rule_code, citation,
        profile, commitments, leaf_hash, nodes, root
    )
    SELECT
        f.index, f.v, f.at, head.clock, f.action, f.outcome, f.actor_kind, f.actor, f.username, f.organisation,
        f.address, f.device_class, f.session, f.purpose, f.subject_type, f.subject_id, f.result_count, f.duration_us,
        f.rule_code, f.citation, f.profile,
        decode(f.query || f.reason || f.case_number || f.subject_label || f.detail, 'hex'), hash, completed, root
    FROM json_to_record(leaf::json) AS f(
        index bigint, v smallint, at timestamptz, action text, outcome text, actor_kind text, actor bigint,
        username text, organisation text, address text, device_class text, session text, purpose text,
        subject_type text, subject_id text, result_count bigint, duration_us bigint, rule_code text, citation text,
        profile text, query text, reason text, case_number text, subject_label text, detail text
    );
    INSERT INTO audit_ledgerdetail (entry_id, query, reason, case_number, subject_label, detail, salts)
    VALUES (head.size, p_query, p_reason, p_case_number, p_subject_label, p_detail, p_salts);
    record_index := head.size;
    IF flush_follows AND nothing_else THEN
        -- The commit hands the lock on at once; the caller's next statement waits until it is on disk.
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
END $$;
"""

ARGUMENTS = f"{BEFORE.ARGUMENTS}, boolean"


class Migration(migrations.Migration):
    dependencies = [("audit", "0012_checkpoints_append_only")]

    operations = [
        migrations.RunSQL(
            f"DROP FUNCTION audit_ledger_append({BEFORE.ARGUMENTS}); {APPEND}",
            f"DROP FUNCTION audit_ledger_append({ARGUMENTS}); {BEFORE.APPEND}",
        ),
    ]
