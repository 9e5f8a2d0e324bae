"""Appending in one trip to the server: the database numbers, stamps, hashes and stores a record that was prepared.

``audit_ledger_head`` (lock, size, frontier, clock) stays what it was and gets quicker: it starts at the tree's highest
subtree and reads the log's last index once. Both functions run with the caller's rights: docs/adr/0011.
"""

from django.db import migrations

HEAD = """
CREATE OR REPLACE FUNCTION audit_ledger_head(OUT size bigint, OUT frontier bytea, OUT clock timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    rest bigint;
    upto bigint := 0;
    step bigint := 1;
    level int := 0;
    piece bytea;
BEGIN
    -- Each statement below takes its own snapshot (READ COMMITTED), so it sees what the last holder committed.
    PERFORM set_config('lock_timeout', '4s', true);
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);  -- nobody is shown what a power cut could unrecord
    END IF;
    PERFORM pg_advisory_xact_lock(1798905, 52);
    SELECT coalesce(max(e.index) + 1, 0) INTO size FROM audit_ledgerentry e;
    frontier := ''::bytea;
    WHILE step <= size LOOP
        step := step << 1;
        level := level + 1;
    END LOOP;
    rest := size;
    WHILE rest > 0 LOOP
        step := step >> 1;
        level := level - 1;
        CONTINUE WHEN rest < step;
        rest := rest - step;
        upto := upto + step;
        IF level = 0 THEN
            SELECT e.leaf_hash INTO STRICT piece FROM audit_ledgerentry e WHERE e.index = upto - 1;
        ELSE
            SELECT substring(e.nodes FROM (level - 1) * 32 + 1 FOR 32) INTO STRICT piece
            FROM audit_ledgerentry e WHERE e.index = upto - 1;
        END IF;
        frontier := frontier || piece;
    END LOOP;
    clock := clock_timestamp();
END $$;
"""

APPEND = """
CREATE FUNCTION audit_ledger_append(
    before_index bytea, before_clock bytea, after_clock bytea,
    p_version smallint, p_at timestamptz, p_action text, p_outcome text,
    p_actor_kind text, p_actor bigint, p_username text, p_organisation text, p_address text, p_device_class text,
    p_session text, p_purpose text, p_subject_type text, p_subject_id text, p_result_count bigint,
    p_duration_us bigint, p_rule_code text, p_citation text, p_profile text, expected_activation bigint,
    p_commitments bytea, p_query text, p_reason text, p_case_number text, p_subject_label text, p_detail text,
    p_salts bytea, OUT record_index bigint, OUT activation bigint
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head record;
    hash bytea;
    carry bytea;
    root bytea;
    completed bytea := ''::bytea;
    rest bigint;
    kept int;
BEGIN
    IF expected_activation IS NOT NULL THEN
        -- The policy whose stamp was prepared must be the one in force; else nothing is written, and the caller asks.
        SELECT a.id INTO activation FROM audit_policyactivation a WHERE a.effective_from <= p_at
        ORDER BY a.effective_from DESC, a.id DESC LIMIT 1;
        activation := coalesce(activation, 0);
        IF activation <> expected_activation THEN
            RETURN;
        END IF;
    END IF;
    SELECT h.size, h.frontier, h.clock INTO STRICT head FROM audit_ledger_head() h;
    hash := sha256('\\x00'::bytea || before_index || convert_to(head.size::text, 'UTF8') || before_clock
        || convert_to(to_char(head.clock AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8') || after_clock);
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
    INSERT INTO audit_ledgerentry (
        index, version, at, recorded_at, action, outcome, actor_kind, actor_id, username, organisation, address,
        device_class, session, purpose, subject_type, subject_id, result_count, duration_us, rule_code, citation,
        profile, commitments, leaf_hash, nodes, root
    ) VALUES (
        head.size, p_version, p_at, head.clock, p_action, p_outcome, p_actor_kind, p_actor, p_username,
        p_organisation, p_address, p_device_class, p_session, p_purpose, p_subject_type, p_subject_id, p_result_count,
        p_duration_us, p_rule_code, p_citation, p_profile, p_commitments, hash, completed, root
    );
    INSERT INTO audit_ledgerdetail (entry_id, query, reason, case_number, subject_label, detail, salts)
    VALUES (head.size, p_query, p_reason, p_case_number, p_subject_label, p_detail, p_salts);
    record_index := head.size;
END $$;
"""

ARGUMENTS = (
    "bytea, bytea, bytea, smallint, timestamptz, text, text, text, bigint, text, text, text, text, text, text, text,"
    " text, bigint, bigint, text, text, text, bigint, bytea, text, text, text, text, text, bytea"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_policy_kept_as_written")]

    operations = [
        # What came before does the same, slower: going back leaves it.
        migrations.RunSQL(HEAD, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND, f"DROP FUNCTION audit_ledger_append({ARGUMENTS});"),
    ]
