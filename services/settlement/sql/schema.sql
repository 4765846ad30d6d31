-- The sum of settlement's migrations, kept by hand; a test says that they agree.
-- Every write to the ledger goes through the functions below; the service's role may execute them and read, nothing else.

CREATE TABLE account (
    account_id text COLLATE "C" CONSTRAINT account_pk PRIMARY KEY,
    kind text NOT NULL,
    balance_yen bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT account_id_names_its_kind CHECK (starts_with(account_id, kind || ':')),
    CONSTRAINT account_kind_known CHECK (kind IN ('payer', 'hospital')),
    CONSTRAINT account_version_not_negative CHECK (version >= 0)
) WITH (fillfactor = 50);

CREATE TABLE transfer (
    transfer_id text COLLATE "C" CONSTRAINT transfer_pk PRIMARY KEY,
    from_account text COLLATE "C" NOT NULL,
    from_version bigint NOT NULL,
    to_account text COLLATE "C" NOT NULL,
    to_version bigint NOT NULL,
    amount_yen bigint NOT NULL,
    kind text NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    cause_event_id text COLLATE "C" NOT NULL,
    trace_id text COLLATE "C" NOT NULL,
    payload_sha256 bytea NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    payer_number text COLLATE "C" NOT NULL,
    points bigint NOT NULL,
    posted_at timestamptz NOT NULL,
    reverses text COLLATE "C" CONSTRAINT transfer_reverses_another REFERENCES transfer,
    CONSTRAINT transfer_amount_positive CHECK (amount_yen > 0),
    CONSTRAINT transfer_between_two_accounts CHECK (from_account <> to_account),
    CONSTRAINT transfer_kind_known CHECK (kind IN ('claim', 'reversal')),
    CONSTRAINT transfer_points_go_with_yen CHECK (CASE kind WHEN 'claim' THEN points >= 0 ELSE points <= 0 END),
    CONSTRAINT transfer_reversal_names_another CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);

CREATE INDEX transfer_claim ON transfer (claim_id);
CREATE UNIQUE INDEX transfer_reversed_once ON transfer (reverses) WHERE reverses IS NOT NULL;

COMMENT ON COLUMN transfer.reverses IS 'The transfer that this one takes back as a whole: from the hospital to the payer, with negative points.';

CREATE TABLE entry (
    account_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    amount_yen bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    CONSTRAINT entry_pk PRIMARY KEY (account_id, version),
    CONSTRAINT entry_amount_not_zero CHECK (amount_yen <> 0),
    CONSTRAINT entry_balance_follows CHECK (balance_after = balance_before + amount_yen),
    CONSTRAINT entry_version_positive CHECK (version > 0)
);

CREATE TABLE posted_decision (
    decision_id text COLLATE "C" CONSTRAINT posted_decision_pk PRIMARY KEY,
    claim_id text COLLATE "C" NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    content_sha256 bytea NOT NULL,
    payer_numbers text[] NOT NULL,
    points bigint[] NOT NULL,
    yen bigint[] NOT NULL,
    posted_at timestamptz NOT NULL,
    CONSTRAINT posted_decision_parts_agree CHECK (
        cardinality(payer_numbers) = cardinality(points) AND cardinality(points) = cardinality(yen)
    )
);

COMMENT ON TABLE posted_decision IS 'Each decision once, with its parts; returned and pended decisions have none.';

CREATE TABLE payer_stream (
    payer_number text COLLATE "C" CONSTRAINT payer_stream_pk PRIMARY KEY,
    next_sequence bigint NOT NULL DEFAULT 1,
    published_sequence bigint NOT NULL DEFAULT 0,
    cluster_id text,
    enrolment_request_id text,
    enrolled_at timestamptz,
    has_statements_topic boolean NOT NULL DEFAULT false,
    CONSTRAINT payer_stream_published_is_announced CHECK (published_sequence BETWEEN 0 AND next_sequence - 1)
) WITH (fillfactor = 50);

COMMENT ON COLUMN payer_stream.cluster_id IS 'The broker cluster that published_sequence tells of.';
COMMENT ON COLUMN payer_stream.has_statements_topic IS 'Whether the topic of its households'' statements was made on that cluster.';

CREATE TABLE announced_event (
    payer_number text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    sha256 bytea NOT NULL,
    traceparent text COLLATE "C" NOT NULL,
    points bigint NOT NULL,
    yen bigint NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    reverses text COLLATE "C",
    CONSTRAINT announced_event_pk PRIMARY KEY (payer_number, sequence),
    CONSTRAINT announced_event_once UNIQUE (event_id),
    CONSTRAINT announced_event_sign CHECK (
        CASE WHEN reverses IS NULL THEN points >= 0 AND yen >= 0 ELSE points <= 0 AND yen <= 0 END
    )
);

COMMENT ON COLUMN announced_event.reverses IS 'The event whose share this one takes back; its points and yen are negative.';

CREATE TABLE later_decision (
    claim_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    cause_event_id text COLLATE "C" NOT NULL,
    posted_at timestamptz NOT NULL,
    CONSTRAINT later_decision_pk PRIMARY KEY (claim_id, number),
    CONSTRAINT later_decision_is_not_the_first CHECK (number > 1)
);

COMMENT ON TABLE later_decision IS 'Decisions that replaced earlier ones, so that one that comes late is known to be replaced; also in posted_decision.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is refused: % only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '23514', CONSTRAINT = 'ledger_only_grows';
END
$$;

CREATE TRIGGER transfer_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER announced_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON announced_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posted_decision_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON posted_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER later_decision_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON later_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whatever statement inserts entries: each transfer it touches has two of them, and they sum to zero.
CREATE FUNCTION refuse_imbalance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inserted GROUP BY transfer_id HAVING sum(amount_yen) <> 0 OR count(*) <> 2
    ) THEN
        RAISE EXCEPTION 'a transfer does not balance' USING ERRCODE = '23514', CONSTRAINT = 'transfer_balances';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER entry_balances AFTER INSERT ON entry REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_imbalance();

-- Remembers decisions. One that another transaction recorded meanwhile makes this one start over (40001).
CREATE FUNCTION record_decisions(
    p_decision_ids text[], p_claim_ids text[], p_claim_months text[], p_content_sha256 bytea[],
    p_part_counts integer[], p_payers text[], p_points bigint[], p_yen bigint[], p_posted_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_inserted bigint;
BEGIN
    INSERT INTO posted_decision (
        decision_id, claim_id, claim_month, content_sha256, payer_numbers, points, yen, posted_at
    )
    SELECT n.id, n.claim, n.month, n.content,
        p_payers[n.last - n.parts + 1 : n.last], p_points[n.last - n.parts + 1 : n.last],
        p_yen[n.last - n.parts + 1 : n.last], p_posted_at
    FROM (
        SELECT u.*, sum(u.parts) OVER (ORDER BY u.place)::integer AS last
        FROM unnest(p_decision_ids, p_claim_ids, p_claim_months, p_content_sha256, p_part_counts)
            WITH ORDINALITY AS u (id, claim, month, content, parts, place)
    ) AS n
    ON CONFLICT ON CONSTRAINT posted_decision_pk DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted <> cardinality(p_decision_ids) THEN
        RAISE EXCEPTION 'a decision was posted meanwhile' USING ERRCODE = '40001';
    END IF;
END
$$;

-- Remembers decisions that replaced earlier ones.
CREATE FUNCTION record_later_decisions(
    p_claim_ids text[], p_numbers integer[], p_decision_ids text[], p_causes text[], p_cause_event_ids text[],
    p_posted_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO later_decision (claim_id, number, decision_id, cause, cause_event_id, posted_at)
    SELECT n.claim, n.number, n.id, n.cause, n.event, p_posted_at
    FROM unnest(p_claim_ids, p_numbers, p_decision_ids, p_causes, p_cause_event_ids)
        AS n (claim, number, id, cause, event);
END
$$;

-- Posts transfers: what stands already with the same content is left, with other content is a conflict. A reversal is
-- the mirror of the transfer it names, or nothing is written.
-- Nested loops are off: the plan joins a batch with itself and reads the large tables by the batch's keys only.
CREATE FUNCTION post_settled(
    p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_claims text[], p_decisions text[],
    p_causes text[], p_traces text[], p_sha256 bytea[], p_months text[], p_payers text[], p_points bigint[],
    p_reverses text[], p_posted_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    v_standing text[];
    v_accounts text[];
    v_posted bigint;
BEGIN
    v_standing := array(SELECT t.transfer_id FROM transfer AS t WHERE t.transfer_id = ANY (p_ids));
    IF cardinality(v_standing) > 0 AND EXISTS (
        SELECT FROM unnest(p_ids, p_sha256) AS n (id, content)
        JOIN (SELECT * FROM transfer WHERE transfer_id = ANY (v_standing)) AS t ON t.transfer_id = n.id
        WHERE t.payload_sha256 <> n.content
    ) THEN
        RAISE EXCEPTION 'a transfer stands with other content'
            USING ERRCODE = '23505', CONSTRAINT = 'transfer_same_content';
    END IF;
    v_accounts := array(SELECT DISTINCT u.id COLLATE "C" FROM unnest(p_from || p_to) AS u (id) ORDER BY 1);
    INSERT INTO account (account_id, kind, balance_yen, version)
    SELECT u.id, split_part(u.id, ':', 1), 0, 0 FROM unnest(v_accounts) AS u (id)
    ON CONFLICT ON CONSTRAINT account_pk DO NOTHING;
    PERFORM FROM account WHERE account_id = ANY (v_accounts) ORDER BY account_id FOR UPDATE;

    WITH fresh AS MATERIALIZED (
        SELECT n.* FROM unnest(
            p_ids, p_from, p_to, p_amounts, p_claims, p_decisions, p_causes, p_traces, p_sha256, p_months,
            p_payers, p_points, p_reverses
        ) WITH ORDINALITY AS n (
            id, from_account, to_account, amount, claim, decision, cause, trace, content, month, payer, points, reverses,
            place
        )
        WHERE cardinality(v_standing) = 0 OR n.id <> ALL (v_standing)
    ), legs AS MATERIALIZED (
        SELECT id, from_account COLLATE "C" AS account_id, -amount AS amount, place FROM fresh
        UNION ALL
        SELECT id, to_account COLLATE "C", amount, place FROM fresh
    ), placed AS MATERIALIZED (
        SELECT l.id, l.account_id, l.amount,
            a.balance_yen + (sum(l.amount) OVER w)::bigint AS balance_after, a.version + (row_number() OVER w) AS version
        FROM legs AS l
        JOIN (SELECT * FROM account WHERE account_id = ANY (v_accounts)) AS a USING (account_id)
        WINDOW w AS (PARTITION BY l.account_id ORDER BY l.place, l.amount ROWS UNBOUNDED PRECEDING)
    ), versions AS (
        SELECT id, max(version) FILTER (WHERE amount < 0) AS from_version,
            max(version) FILTER (WHERE amount > 0) AS to_version
        FROM placed GROUP BY id
    ), new_transfers AS (
        INSERT INTO transfer (
            transfer_id, from_account, from_version, to_account, to_version, amount_yen, kind, claim_id, decision_id,
            cause_event_id, trace_id, payload_sha256, claim_month, payer_number, points, posted_at, reverses
        )
        SELECT f.id, f.from_account, v.from_version, f.to_account, v.to_version, f.amount,
            CASE WHEN f.reverses IS NULL THEN 'claim' ELSE 'reversal' END, f.claim, f.decision, f.cause, f.trace,
            f.content, f.month, f.payer, f.points, p_posted_at, f.reverses
        FROM fresh AS f JOIN versions AS v USING (id)
    ), new_entries AS (
        INSERT INTO entry (account_id, version, transfer_id, amount_yen, balance_before, balance_after)
        SELECT account_id, version, id, amount, balance_after - amount, balance_after
        FROM placed
    ), new_balances AS (
        UPDATE account AS a
        SET balance_yen = a.balance_yen + d.amount, version = a.version + d.entries
        FROM (SELECT account_id, sum(amount)::bigint AS amount, count(*) AS entries FROM legs GROUP BY account_id) AS d
        WHERE a.account_id = d.account_id AND a.account_id = ANY (v_accounts)
    )
    SELECT count(*) INTO v_posted FROM fresh;
    IF cardinality(array_remove(p_reverses, NULL)) > 0 AND EXISTS (
        SELECT FROM (SELECT * FROM transfer WHERE transfer_id = ANY (p_ids) AND reverses IS NOT NULL) AS r
        LEFT JOIN (SELECT * FROM transfer WHERE transfer_id = ANY (p_reverses)) AS t ON t.transfer_id = r.reverses
        WHERE (t.kind, t.to_account, t.from_account, t.amount_yen, t.claim_id, t.decision_id, t.claim_month,
               t.payer_number, -t.points)
            IS DISTINCT FROM ('claim', r.from_account, r.to_account, r.amount_yen, r.claim_id, r.decision_id,
               r.claim_month, r.payer_number, r.points)
    ) THEN
        RAISE EXCEPTION 'a reversal is not the whole of what it takes back'
            USING ERRCODE = '23514', CONSTRAINT = 'reversal_mirrors';
    END IF;
    RETURN v_posted;
END
$$;

-- As posted before there were reversals; for a process of an earlier version while it runs beside a later one.
CREATE FUNCTION post_transfers(
    p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_claims text[], p_decisions text[],
    p_causes text[], p_traces text[], p_sha256 bytea[], p_months text[], p_payers text[], p_points bigint[],
    p_posted_at timestamptz
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.post_settled(
        p_ids, p_from, p_to, p_amounts, p_claims, p_decisions, p_causes, p_traces, p_sha256, p_months, p_payers,
        p_points, array_fill(NULL::text, ARRAY[cardinality(p_ids)]), p_posted_at
    )
$$;

-- Locks the payers' streams in order of their numbers, making those that are missing.
CREATE FUNCTION lock_payer_streams(p_payers text[])
RETURNS TABLE (payer_number text, next_sequence bigint, enrolled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO payer_stream AS s (payer_number)
    SELECT DISTINCT u.number COLLATE "C" FROM unnest(p_payers) AS u (number) ORDER BY 1
    ON CONFLICT ON CONSTRAINT payer_stream_pk DO NOTHING;
    RETURN QUERY
    SELECT s.payer_number, s.next_sequence, s.enrolled_at IS NOT NULL FROM payer_stream AS s
    WHERE s.payer_number = ANY (p_payers) ORDER BY s.payer_number FOR UPDATE;
END
$$;

-- Appends events to their streams; their sequences follow on without gap, or nothing is written.
CREATE FUNCTION announce_settled(
    p_payers text[], p_sequences bigint[], p_event_ids text[], p_claims text[], p_decisions text[], p_values bytea[],
    p_traceparents text[], p_points bigint[], p_yen bigint[], p_months text[], p_reverses text[],
    p_created_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    PERFORM FROM payer_stream WHERE payer_number = ANY (p_payers) ORDER BY payer_number FOR UPDATE;
    IF EXISTS (
        SELECT FROM (
            SELECT n.payer COLLATE "C" AS payer_number, min(n.sequence) AS first, max(n.sequence) AS last,
                count(*) AS events
            FROM unnest(p_payers, p_sequences) AS n (payer, sequence) GROUP BY 1
        ) AS n
        LEFT JOIN (SELECT * FROM payer_stream WHERE payer_number = ANY (p_payers)) AS s USING (payer_number)
        WHERE s.next_sequence IS DISTINCT FROM n.first OR n.last - n.first + 1 <> n.events
    ) THEN
        RAISE EXCEPTION 'the sequence has a gap'
            USING ERRCODE = '23514', CONSTRAINT = 'announced_event_without_gap';
    END IF;
    INSERT INTO announced_event (
        payer_number, sequence, event_id, claim_id, decision_id, value, sha256, traceparent, points, yen, claim_month,
        created_at, reverses
    )
    SELECT n.payer, n.sequence, n.event_id, n.claim, n.decision, n.value, sha256(n.value), n.traceparent, n.points,
        n.yen, n.month, p_created_at, n.reverses
    FROM unnest(
        p_payers, p_sequences, p_event_ids, p_claims, p_decisions, p_values, p_traceparents, p_points, p_yen, p_months,
        p_reverses
    ) AS n (payer, sequence, event_id, claim, decision, value, traceparent, points, yen, month, reverses);
    UPDATE payer_stream AS s SET next_sequence = s.next_sequence + n.events
    FROM (SELECT u.payer COLLATE "C" AS payer_number, count(*) AS events FROM unnest(p_payers) AS u (payer) GROUP BY 1) AS n
    WHERE s.payer_number = n.payer_number AND s.payer_number = ANY (p_payers);
END
$$;

-- As announced before there were reversals; for a process of an earlier version while it runs beside a later one.
CREATE FUNCTION announce_events(
    p_payers text[], p_sequences bigint[], p_event_ids text[], p_claims text[], p_decisions text[], p_values bytea[],
    p_traceparents text[], p_points bigint[], p_yen bigint[], p_months text[], p_created_at timestamptz
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.announce_settled(
        p_payers, p_sequences, p_event_ids, p_claims, p_decisions, p_values, p_traceparents, p_points, p_yen, p_months,
        array_fill(NULL::text, ARRAY[cardinality(p_payers)]), p_created_at
    )
$$;

-- Lets a payer's stream be published; a repeated enrolment remembers its request only.
CREATE FUNCTION enrol_payer(p_payer text, p_request_id text, p_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO payer_stream AS s (payer_number, cluster_id, enrolment_request_id, enrolled_at, has_statements_topic)
    VALUES (p_payer, p_cluster_id, p_request_id, now(), true)
    ON CONFLICT ON CONSTRAINT payer_stream_pk DO UPDATE
    SET enrolment_request_id = p_request_id, cluster_id = coalesce(s.cluster_id, p_cluster_id),
        enrolled_at = coalesce(s.enrolled_at, now()), has_statements_topic = true;
END
$$;

-- Advances cursors; none moves back.
CREATE FUNCTION mark_published(p_payers text[], p_sequences bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM payer_stream WHERE payer_number = ANY (p_payers) ORDER BY payer_number FOR UPDATE;
    UPDATE payer_stream AS s SET published_sequence = n.sequence
    FROM unnest(p_payers, p_sequences) AS n (payer, sequence)
    WHERE s.payer_number = n.payer COLLATE "C" AND s.published_sequence < n.sequence;
END
$$;

-- Another cluster knows nothing: its cursors start at 0. The caller has made the topics that were missing.
CREATE FUNCTION restart_streams(p_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM payer_stream
    WHERE cluster_id IS DISTINCT FROM p_cluster_id OR NOT has_statements_topic
    ORDER BY payer_number FOR UPDATE;
    UPDATE payer_stream SET published_sequence = 0, cluster_id = p_cluster_id
    WHERE cluster_id IS DISTINCT FROM p_cluster_id;
    UPDATE payer_stream SET has_statements_topic = true
    WHERE enrolment_request_id IS NOT NULL AND NOT has_statements_topic;
END
$$;

REVOKE ALL ON FUNCTION record_decisions, post_transfers, lock_payer_streams, announce_events, enrol_payer,
    mark_published, restart_streams, record_later_decisions, post_settled, announce_settled FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT ON account, transfer, entry, posted_decision, later_decision, payer_stream, announced_event TO %I',
        current_database()
    );
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION record_decisions, post_transfers, lock_payer_streams, announce_events, enrol_payer,'
        ' mark_published, restart_streams, record_later_decisions, post_settled, announce_settled TO %I',
        current_database()
    );
END
$$;

CREATE TABLE control_total (
    payer_number text COLLATE "C" NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    posted_parts bigint NOT NULL,
    posted_points bigint NOT NULL,
    posted_yen bigint NOT NULL,
    announced_events bigint NOT NULL,
    announced_points bigint NOT NULL,
    announced_yen bigint NOT NULL,
    reversed_parts bigint NOT NULL DEFAULT 0,
    reversed_points bigint NOT NULL DEFAULT 0,
    reversed_yen bigint NOT NULL DEFAULT 0,
    announced_reversals bigint NOT NULL DEFAULT 0,
    announced_reversed_points bigint NOT NULL DEFAULT 0,
    announced_reversed_yen bigint NOT NULL DEFAULT 0,
    CONSTRAINT control_total_pk PRIMARY KEY (payer_number, claim_month)
);

COMMENT ON TABLE control_total IS 'Everything posted and announced, and what of it was reversed since; all of them only grow.';

CREATE TABLE control_fold (
    payer_number text COLLATE "C" CONSTRAINT control_fold_pk PRIMARY KEY,
    entry_version bigint NOT NULL,
    event_sequence bigint NOT NULL
);

COMMENT ON TABLE control_fold IS 'Up to which entry of its account and event of its stream a payer stands in control_total.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON control_total, control_fold TO %I', current_database());
END
$$;

CREATE TABLE payee (
    hospital_code text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    bank text COLLATE "C" NOT NULL,
    branch text COLLATE "C" NOT NULL,
    account_type text COLLATE "C" NOT NULL,
    account_number text COLLATE "C" NOT NULL,
    account_name text NOT NULL,
    banks_of text COLLATE "C" NOT NULL,
    is_assigned boolean NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT payee_pk PRIMARY KEY (hospital_code, version),
    CONSTRAINT payee_proposed_once UNIQUE (hospital_code, version, proposed_by),
    CONSTRAINT payee_hospital_code CHECK (hospital_code ~ '^[0-9]{10}$'),
    CONSTRAINT payee_version_positive CHECK (version > 0),
    CONSTRAINT payee_account CHECK (
        bank ~ '^[0-9]{4}$' AND branch ~ '^[0-9]{3}$' AND account_type IN ('1', '2', '4', '9')
        AND account_number ~ '^[0-9]{7}$' AND account_name <> ''
    )
);

COMMENT ON TABLE payee IS 'A hospital''s bank account, version after version; the latest that was confirmed is paid.';
COMMENT ON COLUMN payee.banks_of IS 'The day of the list of assigned banks that it was checked against, YYYYMMDD.';

CREATE TABLE payee_confirmation (
    hospital_code text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    confirmed_by text COLLATE "C" NOT NULL,
    confirmed_at timestamptz NOT NULL,
    CONSTRAINT payee_confirmation_pk PRIMARY KEY (hospital_code, version),
    CONSTRAINT payee_confirmation_of_payee FOREIGN KEY (hospital_code, version, proposed_by)
        REFERENCES payee (hospital_code, version, proposed_by),
    CONSTRAINT payee_confirmed_by_another CHECK (confirmed_by <> proposed_by)
);

CREATE SEQUENCE payment_reference AS bigint MINVALUE 1 MAXVALUE 9999999999 NO CYCLE;

CREATE TABLE payment_batch (
    batch_id text COLLATE "C" CONSTRAINT payment_batch_pk PRIMARY KEY,
    period text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    pays_on date NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter_name text NOT NULL,
    payments integer NOT NULL,
    total_yen bigint NOT NULL,
    content_sha256 bytea NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    traceparent text COLLATE "C" NOT NULL,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT payment_batch_number UNIQUE (period, number),
    CONSTRAINT payment_batch_proposed_once UNIQUE (batch_id, proposed_by, content_sha256),
    CONSTRAINT payment_batch_account CHECK (account_id ~ '^bank:[0-9]{15}$'),
    CONSTRAINT payment_batch_payments CHECK (payments BETWEEN 1 AND 999999),
    CONSTRAINT payment_batch_total CHECK (total_yen BETWEEN 1 AND 999999999999)
);

COMMENT ON COLUMN payment_batch.content_sha256 IS 'Over the account, the day and every payment: what the checker approves.';

CREATE TABLE payment_approval (
    batch_id text COLLATE "C" CONSTRAINT payment_approval_pk PRIMARY KEY,
    proposed_by text COLLATE "C" NOT NULL,
    content_sha256 bytea NOT NULL,
    approved_by text COLLATE "C" NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT payment_approval_of_batch FOREIGN KEY (batch_id, proposed_by, content_sha256)
        REFERENCES payment_batch (batch_id, proposed_by, content_sha256),
    CONSTRAINT payment_approved_by_another CHECK (approved_by <> proposed_by)
);

CREATE TABLE payment (
    payment_id text COLLATE "C" CONSTRAINT payment_pk PRIMARY KEY,
    batch_id text COLLATE "C" NOT NULL CONSTRAINT payment_of_batch REFERENCES payment_batch,
    place integer NOT NULL,
    hospital_code text COLLATE "C" NOT NULL,
    statement_id text COLLATE "C" NOT NULL,
    attempt integer NOT NULL,
    yen bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    payee_version integer NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    former_payment_id text COLLATE "C",
    former_event_number integer,
    former_state text COLLATE "C",
    former_attempt integer GENERATED ALWAYS AS (NULLIF(attempt - 1, 0)) STORED,
    reinstructs text COLLATE "C"
        GENERATED ALWAYS AS (CASE WHEN former_state = 'reinstructed' THEN former_payment_id END) STORED,
    CONSTRAINT payment_place UNIQUE (batch_id, place),
    CONSTRAINT payment_reference_once UNIQUE (reference),
    CONSTRAINT payment_transfer_once UNIQUE (transfer_id),
    CONSTRAINT payment_of_statement_once UNIQUE (statement_id, attempt),
    CONSTRAINT payment_itself UNIQUE (payment_id, statement_id, attempt),
    CONSTRAINT payment_yen CHECK (yen BETWEEN 1 AND 9999999999),
    CONSTRAINT payment_reference_digits CHECK (reference ~ '^[0-9]{10}$'),
    CONSTRAINT payment_payee FOREIGN KEY (hospital_code, payee_version)
        REFERENCES payee_confirmation (hospital_code, version),
    CONSTRAINT payment_former_of_statement FOREIGN KEY (former_payment_id, statement_id, former_attempt)
        REFERENCES payment (payment_id, statement_id, attempt),
    CONSTRAINT payment_former_is_over CHECK (
        CASE WHEN attempt = 1 THEN former_payment_id IS NULL AND former_event_number IS NULL AND former_state IS NULL
        ELSE former_payment_id IS NOT NULL AND former_event_number IS NOT NULL AND former_state IS NOT NULL
            AND former_state IN ('reinstructed', 'abandoned') AND attempt > 1 END
    )
);

COMMENT ON CONSTRAINT payment_of_statement_once ON payment IS 'With the former payment over: a statement is in at most one live payment.';
COMMENT ON COLUMN payment.transfer_id IS 'Of the transfer from the hospital to the bank, held from the instruction on.';
COMMENT ON COLUMN payment.reinstructs IS 'The payment whose place it takes: one that came back or was refused.';

CREATE INDEX payment_hospital ON payment (hospital_code, payment_id);

CREATE TABLE payment_event (
    payment_id text COLLATE "C" NOT NULL CONSTRAINT payment_event_of_payment REFERENCES payment,
    number integer NOT NULL,
    state text COLLATE "C" NOT NULL,
    before_number integer GENERATED ALWAYS AS (NULLIF(number - 1, 0)) STORED,
    before_state text COLLATE "C",
    cause text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT payment_event_pk PRIMARY KEY (payment_id, number),
    CONSTRAINT payment_event_itself UNIQUE (payment_id, number, state),
    CONSTRAINT payment_event_caused_once UNIQUE (payment_id, state, cause),
    CONSTRAINT payment_event_after_another FOREIGN KEY (payment_id, before_number, before_state)
        REFERENCES payment_event (payment_id, number, state),
    CONSTRAINT payment_event_follows CHECK (
        CASE WHEN number = 1 THEN before_state IS NULL AND state = 'proposed'
        ELSE before_state IS NOT NULL AND (before_state || ' ' || state) IN (
            'proposed instructed', 'proposed abandoned',
            'instructed accepted', 'instructed refused', 'instructed settled', 'instructed abandoned',
            'accepted refused', 'accepted settled', 'accepted abandoned',
            'refused reinstructed', 'refused abandoned',
            'settled returned',
            'returned reinstructed', 'returned abandoned'
        ) END
    )
);

COMMENT ON TABLE payment_event IS 'The states of payments, one after the other; the last one holds.';

ALTER TABLE payment ADD CONSTRAINT payment_former FOREIGN KEY (former_payment_id, former_event_number, former_state)
    REFERENCES payment_event (payment_id, number, state);

CREATE TABLE bank_file (
    file_id text COLLATE "C" CONSTRAINT bank_file_pk PRIMARY KEY,
    form text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL,
    content bytea NOT NULL,
    payments integer NOT NULL,
    total_yen bigint NOT NULL,
    released_by text COLLATE "C" NOT NULL,
    released_at timestamptz NOT NULL,
    CONSTRAINT bank_file_form CHECK (form IN ('zengin', 'pain001')),
    CONSTRAINT bank_file_is_its_digest CHECK (sha256 = sha256(content))
);

CREATE TABLE bank_file_batch (
    batch_id text COLLATE "C" CONSTRAINT bank_file_batch_pk PRIMARY KEY
        CONSTRAINT bank_file_batch_approved REFERENCES payment_approval,
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_file_batch_of_file REFERENCES bank_file,
    place integer NOT NULL,
    CONSTRAINT bank_file_batch_place UNIQUE (file_id, place)
);

COMMENT ON TABLE bank_file_batch IS 'A batch stands in one file at most, whatever its form: the bank never gets it twice.';

CREATE TRIGGER payee_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payee
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payee_confirmation_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payee_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batch_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_approval_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_approval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_file_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_file_batch_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_file_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON payee, payee_confirmation, payment_batch, payment_approval, payment, payment_event,'
        ' bank_file, bank_file_batch TO %I',
        current_database()
    );
    EXECUTE format('GRANT USAGE ON SEQUENCE payment_reference TO %I', current_database());
END
$$;

CREATE TABLE payment_calendar (
    payer_number text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    closes_on date NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    mark text COLLATE "C" NOT NULL,
    source text NOT NULL,
    loaded_by text COLLATE "C" NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT payment_calendar_pk PRIMARY KEY (payer_number, period, version),
    CONSTRAINT payment_calendar_payer CHECK (payer_number ~ '^([0-9]{6}|[0-9]{8}|\*)$'),
    CONSTRAINT payment_calendar_period CHECK (period ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    CONSTRAINT payment_calendar_version_positive CHECK (version > 0),
    CONSTRAINT payment_calendar_closes_first CHECK (closes_on <= due_on AND closes_on <= pays_on)
);

COMMENT ON TABLE payment_calendar IS 'Of each payer, or * for all without a row, the days of a claim month; the highest version holds.';

CREATE TABLE review_fee (
    authority text COLLATE "C" NOT NULL,
    since text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    price_sen bigint NOT NULL,
    rounding text COLLATE "C" NOT NULL,
    mark text COLLATE "C" NOT NULL,
    source text NOT NULL,
    loaded_by text COLLATE "C" NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT review_fee_pk PRIMARY KEY (authority, since, version),
    CONSTRAINT review_fee_authority CHECK (authority ~ '^(1|2|2[0-9]{2})$'),
    CONSTRAINT review_fee_since CHECK (since ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    CONSTRAINT review_fee_version_positive CHECK (version > 0),
    CONSTRAINT review_fee_price_not_negative CHECK (price_sen >= 0),
    CONSTRAINT review_fee_rounding_known CHECK (rounding IN ('down', 'half_up', 'up'))
);

COMMENT ON TABLE review_fee IS 'What a review authority is paid per receipt from a claim month on, in 1/100 yen; 2 holds for every 2xx without a row.';

CREATE TABLE period_close (
    period text COLLATE "C" CONSTRAINT period_close_pk PRIMARY KEY,
    is_early boolean NOT NULL,
    opened_by text COLLATE "C" NOT NULL,
    traceparent text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT period_close_period CHECK (period ~ '^[0-9]{4}(0[1-9]|1[0-2])$')
);

CREATE TABLE period_cut (
    period text COLLATE "C" NOT NULL CONSTRAINT period_cut_of_period REFERENCES period_close,
    account_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    cut_version bigint NOT NULL,
    cut_sequence bigint NOT NULL,
    receipts bigint NOT NULL,
    price_sen bigint NOT NULL,
    fee_yen bigint NOT NULL,
    closes_on date NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    cut_at timestamptz NOT NULL,
    CONSTRAINT period_cut_pk PRIMARY KEY (period, account_id),
    CONSTRAINT period_cut_kind_known CHECK (kind IN ('payer', 'hospital') AND starts_with(account_id, kind || ':')),
    CONSTRAINT period_cut_places_not_negative CHECK (cut_version >= 0 AND cut_sequence >= 0),
    CONSTRAINT period_cut_hospital_has_no_fee CHECK (kind = 'payer' OR (cut_sequence, receipts, fee_yen) = (0, 0, 0))
);

COMMENT ON TABLE period_cut IS 'Up to which entry, and which event, of an account a month goes; what comes later is of a later month.';

CREATE TABLE period_head (
    period text COLLATE "C" CONSTRAINT period_head_pk PRIMARY KEY CONSTRAINT period_head_of_period REFERENCES period_close,
    transfers_block bigint NOT NULL,
    transfers_sha256 text COLLATE "C" NOT NULL,
    events_block bigint NOT NULL,
    events_sha256 text COLLATE "C" NOT NULL,
    files_block bigint NOT NULL,
    files_sha256 text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL
);

COMMENT ON TABLE period_head IS 'Heads of the chains once every account was cut; they stand on all statements of the month.';

CREATE TABLE statement (
    statement_id text COLLATE "C" CONSTRAINT statement_pk PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    cut_version bigint NOT NULL,
    cut_sequence bigint NOT NULL,
    open_version bigint NOT NULL,
    open_sequence bigint NOT NULL,
    opening_yen bigint NOT NULL,
    claims_yen bigint NOT NULL,
    adjustments_yen bigint NOT NULL,
    fees_yen bigint NOT NULL,
    paid_yen bigint NOT NULL,
    closing_yen bigint NOT NULL,
    ahead_yen bigint NOT NULL,
    brought_yen bigint NOT NULL,
    payable_yen bigint NOT NULL,
    carried_yen bigint NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    lines bigint NOT NULL,
    csv_sha256 text COLLATE "C" NOT NULL,
    pdf_sha256 text COLLATE "C" NOT NULL,
    transfers_block bigint NOT NULL,
    transfers_sha256 text COLLATE "C" NOT NULL,
    events_block bigint NOT NULL,
    events_sha256 text COLLATE "C" NOT NULL,
    files_block bigint NOT NULL,
    files_sha256 text COLLATE "C" NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT statement_once UNIQUE (account_id, period),
    CONSTRAINT statement_of_cut FOREIGN KEY (period, account_id) REFERENCES period_cut (period, account_id),
    CONSTRAINT statement_adds_up CHECK (
        closing_yen = opening_yen + claims_yen + adjustments_yen + fees_yen + paid_yen
    ),
    CONSTRAINT statement_nets CHECK (
        CASE kind
            WHEN 'payer' THEN carried_yen = payable_yen + brought_yen + claims_yen + adjustments_yen + fees_yen
            ELSE carried_yen = -payable_yen + brought_yen + claims_yen + adjustments_yen + fees_yen
        END
    ),
    CONSTRAINT statement_payable_not_negative CHECK (payable_yen >= 0),
    CONSTRAINT statement_carries_what_cannot_be_paid CHECK (
        CASE kind WHEN 'payer' THEN carried_yen >= 0 ELSE carried_yen <= 0 END AND (payable_yen = 0 OR carried_yen = 0)
    ),
    CONSTRAINT statement_digests CHECK (csv_sha256 ~ '^[0-9a-f]{64}$' AND pdf_sha256 ~ '^[0-9a-f]{64}$')
);

CREATE INDEX statement_period ON statement (period, account_id);

COMMENT ON TABLE statement IS 'An account''s month as it was told. Yen are the account''s: positive is owed to its holder.';
COMMENT ON COLUMN statement.open_version IS 'The first entry up to the cut that no statement holds, or the one after the cut.';
COMMENT ON COLUMN statement.closing_yen IS 'What all statements so far add up to: the balance at the cut without ahead_yen.';
COMMENT ON COLUMN statement.ahead_yen IS 'Entries up to the cut that belong to later months.';
COMMENT ON COLUMN statement.brought_yen IS 'carried_yen of the statement before.';
COMMENT ON COLUMN statement.payable_yen IS 'What is paid for this statement, by the payer until due_on or to the hospital on pays_on; never negative.';
COMMENT ON COLUMN statement.carried_yen IS 'A net that cannot be paid (the hospital owes, the payer is owed): netted in the next statement.';

-- A statement says what the ledger says, and goes on where the one before ended, or it is not written.
CREATE FUNCTION refuse_wrong_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_balance bigint;
    v_former record;
BEGIN
    SELECT balance_after INTO v_balance FROM entry WHERE account_id = NEW.account_id AND version = NEW.cut_version;
    IF coalesce(v_balance, 0) <> NEW.closing_yen + NEW.ahead_yen OR (v_balance IS NULL AND NEW.cut_version > 0) THEN
        RAISE EXCEPTION 'a statement differs from the ledger'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_equals_ledger';
    END IF;
    SELECT closing_yen, carried_yen, period, cut_version, cut_sequence INTO v_former FROM statement
    WHERE account_id = NEW.account_id ORDER BY period DESC LIMIT 1;
    IF (coalesce(v_former.closing_yen, 0), coalesce(v_former.carried_yen, 0)) <> (NEW.opening_yen, NEW.brought_yen)
        OR v_former.period >= NEW.period OR v_former.cut_version > NEW.cut_version
        OR v_former.cut_sequence > NEW.cut_sequence
    THEN
        RAISE EXCEPTION 'a statement does not go on where the one before ended'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_goes_on';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER statement_is_right BEFORE INSERT ON statement FOR EACH ROW EXECUTE FUNCTION refuse_wrong_statement();

CREATE TABLE period_closed (
    period text COLLATE "C" CONSTRAINT period_closed_pk PRIMARY KEY
        CONSTRAINT period_closed_of_period REFERENCES period_close,
    payers integer NOT NULL,
    hospitals integer NOT NULL,
    payable_by_payers_yen bigint NOT NULL,
    payable_to_hospitals_yen bigint NOT NULL,
    closed_at timestamptz NOT NULL
);

CREATE TRIGGER payment_calendar_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_calendar
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_fee_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON review_fee
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_close_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_close
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_cut_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_cut
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_head_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_closed_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_closed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON payment_calendar, review_fee, period_close, period_cut, period_head, statement,'
        ' period_closed TO %I',
        current_database()
    );
END
$$;
