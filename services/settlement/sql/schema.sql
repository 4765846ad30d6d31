-- The sum of settlement's migrations, kept by hand; a test says that they agree.
-- Every write to the ledger goes through the functions below; the service's role may execute them and read, nothing else.

CREATE SEQUENCE ledger_number;

COMMENT ON SEQUENCE ledger_number IS 'Numbers whatever is sealed by its number, in one row: what is written about transfers, and records.';

CREATE TABLE account (
    account_id text COLLATE "C" CONSTRAINT account_pk PRIMARY KEY,
    kind text NOT NULL,
    balance_yen bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT account_id_names_its_kind CHECK (starts_with(account_id, kind || ':')),
    pending_in_yen bigint NOT NULL DEFAULT 0,
    pending_out_yen bigint NOT NULL DEFAULT 0,
    last_posted_at timestamptz,
    CONSTRAINT account_kind_known CHECK (kind IN ('payer', 'hospital', 'fee', 'suspense', 'own', 'bank')),
    CONSTRAINT account_version_not_negative CHECK (version >= 0),
    CONSTRAINT account_pending_not_negative CHECK (pending_in_yen >= 0 AND pending_out_yen >= 0),
    CONSTRAINT account_within_limits CHECK (
        CASE kind
            WHEN 'bank' THEN balance_yen + pending_in_yen <= 0
            WHEN 'suspense' THEN balance_yen - pending_out_yen >= 0
            WHEN 'fee' THEN balance_yen - pending_out_yen >= 0
            ELSE true
        END
    )
) WITH (fillfactor = 50);

COMMENT ON COLUMN account.pending_in_yen IS 'What pending transfers would bring; not in the balance.';
COMMENT ON COLUMN account.pending_out_yen IS 'What pending transfers would take; not in the balance.';
COMMENT ON COLUMN account.last_posted_at IS 'When the latest of its entries was posted; the next is not posted before. None without an entry.';

CREATE TABLE transfer (
    transfer_id text COLLATE "C" NOT NULL,
    from_account text COLLATE "C" NOT NULL,
    from_version bigint NOT NULL,
    to_account text COLLATE "C" NOT NULL,
    to_version bigint NOT NULL,
    amount_yen bigint NOT NULL,
    kind text NOT NULL,
    claim_id text COLLATE "C",
    decision_id text COLLATE "C",
    cause_event_id text COLLATE "C" NOT NULL,
    trace_id text COLLATE "C" NOT NULL,
    payload_sha256 bytea NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    payer_number text COLLATE "C" NOT NULL,
    points bigint NOT NULL,
    posted_at timestamptz NOT NULL,
    reverses text COLLATE "C",
    number bigint NOT NULL DEFAULT nextval('ledger_number'),
    CONSTRAINT transfer_once EXCLUDE USING hash (transfer_id WITH =),
    CONSTRAINT transfer_amount_positive CHECK (amount_yen > 0),
    CONSTRAINT transfer_between_two_accounts CHECK (from_account <> to_account),
    CONSTRAINT transfer_kind_known CHECK (
        kind IN ('claim', 'reversal', 'fee', 'incoming', 'allocation', 'payment', 'opening', 'refund', 'charge')
    ),
    CONSTRAINT transfer_points_go_with_yen CHECK (
        CASE kind WHEN 'claim' THEN points >= 0 WHEN 'reversal' THEN points <= 0 ELSE points = 0 END
    ),
    CONSTRAINT transfer_claim_named CHECK (
        (claim_id IS NULL) = (decision_id IS NULL)
        AND CASE kind WHEN 'claim' THEN claim_id IS NOT NULL WHEN 'reversal' THEN true ELSE claim_id IS NULL END
    ),
    CONSTRAINT transfer_goes_as_its_kind CHECK (
        CASE kind
            WHEN 'claim' THEN starts_with(from_account, 'payer:') AND starts_with(to_account, 'hospital:')
            WHEN 'fee' THEN starts_with(from_account, 'payer:') AND starts_with(to_account, 'fee:')
            WHEN 'incoming' THEN starts_with(from_account, 'bank:')
                AND (starts_with(to_account, 'payer:') OR starts_with(to_account, 'suspense:'))
            WHEN 'allocation' THEN starts_with(from_account, 'suspense:')
                AND (starts_with(to_account, 'payer:') OR starts_with(to_account, 'own:'))
            WHEN 'payment' THEN starts_with(from_account, 'hospital:') AND starts_with(to_account, 'bank:')
            WHEN 'opening' THEN starts_with(from_account, 'bank:')
                AND (starts_with(to_account, 'own:') OR starts_with(to_account, 'suspense:'))
            WHEN 'refund' THEN starts_with(to_account, 'bank:')
                AND (starts_with(from_account, 'payer:') OR starts_with(from_account, 'suspense:'))
            WHEN 'charge' THEN starts_with(from_account, 'own:') AND starts_with(to_account, 'bank:')
            ELSE true
        END
    ),
    CONSTRAINT transfer_reversal_names_another CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);

CREATE INDEX transfer_found ON transfer USING brin (
    claim_id text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001),
    trace_id text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001)
) WITH (pages_per_range = 32, autosummarize = on);
CREATE UNIQUE INDEX transfer_reversed_once ON transfer (reverses) WHERE reverses IS NOT NULL;
CREATE UNIQUE INDEX transfer_number ON transfer (number);

COMMENT ON CONSTRAINT transfer_once ON transfer IS 'Each id once, by an index of digests: a third of one of texts.';
COMMENT ON INDEX transfer_found IS 'Finds the few pages on which a claim or a trace may stand; made after the fact, so that posting pays nothing.';
COMMENT ON COLUMN transfer.number IS 'Its place among all that is sealed; a number that was never committed is missing.';
COMMENT ON COLUMN transfer.reverses IS 'The transfer that this one takes back as a whole: the other way, with negative points.';
COMMENT ON COLUMN transfer.claim_month IS 'YYYYMM: the claim month, or the period of a transfer without a claim.';


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

CREATE TABLE pending_transfer (
    transfer_id text COLLATE "C" CONSTRAINT pending_transfer_pk PRIMARY KEY,
    from_account text COLLATE "C" NOT NULL,
    to_account text COLLATE "C" NOT NULL,
    amount_yen bigint NOT NULL,
    kind text NOT NULL,
    cause_event_id text COLLATE "C" NOT NULL,
    trace_id text COLLATE "C" NOT NULL,
    payload_sha256 bytea NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    payer_number text COLLATE "C" NOT NULL,
    held_at timestamptz NOT NULL,
    number bigint NOT NULL DEFAULT nextval('ledger_number') CONSTRAINT pending_transfer_number UNIQUE,
    CONSTRAINT pending_transfer_amount_positive CHECK (amount_yen > 0),
    CONSTRAINT pending_transfer_between_two_accounts CHECK (from_account <> to_account),
    CONSTRAINT pending_transfer_goes_as_its_kind CHECK (
        CASE kind
            WHEN 'payment' THEN starts_with(from_account, 'hospital:') AND starts_with(to_account, 'bank:')
            WHEN 'refund' THEN starts_with(to_account, 'bank:')
                AND (starts_with(from_account, 'payer:') OR starts_with(from_account, 'suspense:'))
            WHEN 'fee' THEN starts_with(from_account, 'payer:') AND starts_with(to_account, 'fee:')
            WHEN 'allocation' THEN starts_with(from_account, 'suspense:') AND starts_with(to_account, 'payer:')
            WHEN 'incoming' THEN starts_with(from_account, 'bank:')
                AND (starts_with(to_account, 'payer:') OR starts_with(to_account, 'suspense:'))
            ELSE false
        END
    )
);

COMMENT ON TABLE pending_transfer IS 'Transfers that were instructed and not yet done; once posted they stand in transfer under the same id.';

CREATE TABLE pending_resolution (
    transfer_id text COLLATE "C" CONSTRAINT pending_resolution_pk PRIMARY KEY
        CONSTRAINT pending_resolution_of_a_pending REFERENCES pending_transfer,
    outcome text NOT NULL,
    cause_event_id text COLLATE "C" NOT NULL,
    resolved_at timestamptz NOT NULL,
    number bigint NOT NULL DEFAULT nextval('ledger_number') CONSTRAINT pending_resolution_number UNIQUE,
    CONSTRAINT pending_resolution_outcome_known CHECK (outcome IN ('posted', 'voided'))
);

COMMENT ON TABLE pending_resolution IS 'What became of a pending transfer: posted or voided, once.';

CREATE TABLE posted_decision (
    decision_id text COLLATE "C" CONSTRAINT posted_decision_pk PRIMARY KEY,
    claim_id text COLLATE "C" NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    content_sha256 bytea NOT NULL,
    payer_numbers text[] NOT NULL,
    points bigint[] NOT NULL,
    yen bigint[] NOT NULL,
    posted_at timestamptz NOT NULL,
    patient_yen bigint,
    reduced_yen bigint,
    CONSTRAINT posted_decision_parts_agree CHECK (
        cardinality(payer_numbers) = cardinality(points) AND cardinality(points) = cardinality(yen)
    ),
    CONSTRAINT posted_decision_rest_not_negative CHECK (patient_yen >= 0 AND reduced_yen >= 0),
    CONSTRAINT posted_decision_rest_whole CHECK ((patient_yen IS NULL) = (reduced_yen IS NULL))
);

COMMENT ON TABLE posted_decision IS 'Each decision once, with its parts; returned and pended decisions have none.';
COMMENT ON COLUMN posted_decision.patient_yen IS 'What the patient pays (一部負担金); null where it was posted before this was kept: unknown, not 0.';
COMMENT ON COLUMN posted_decision.reduced_yen IS 'What was cut (査定); null as patient_yen is.';

CREATE TABLE payer_stream (
    payer_number text COLLATE "C" CONSTRAINT payer_stream_pk PRIMARY KEY,
    next_sequence bigint NOT NULL DEFAULT 1,
    published_sequence bigint NOT NULL DEFAULT 0,
    cluster_id text,
    enrolment_request_id text,
    enrolled_at timestamptz,
    has_statements_topic boolean NOT NULL DEFAULT false,
    kafka_username text,
    former_username text,
    former_request_id text,
    former_ends_at timestamptz,
    unenrolled_at timestamptz,
    CONSTRAINT payer_stream_published_is_announced CHECK (published_sequence BETWEEN 0 AND next_sequence - 1),
    CONSTRAINT payer_stream_former_is_whole CHECK (
        num_nulls(former_username, former_request_id, former_ends_at) IN (0, 3)
    )
) WITH (fillfactor = 50);

COMMENT ON COLUMN payer_stream.kafka_username IS 'The principal that the payer is to use; none while it is not enrolled.';
COMMENT ON COLUMN payer_stream.former_username IS 'The one before a rotation, which holds until former_ends_at and a little longer.';
COMMENT ON COLUMN payer_stream.unenrolled_at IS 'When it was unenrolled last: tokens from before are refused.';
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
    type text NOT NULL DEFAULT 'jp.seikyu.settlement.claim_settled.v1',
    CONSTRAINT announced_event_pk PRIMARY KEY (payer_number, sequence),
    CONSTRAINT announced_event_once UNIQUE (event_id),
    CONSTRAINT announced_event_sign CHECK (
        CASE WHEN reverses IS NULL THEN points >= 0 AND yen >= 0 ELSE points <= 0 AND yen <= 0 END
    ),
    CONSTRAINT announced_event_notice_moves_nothing CHECK (
        type = 'jp.seikyu.settlement.claim_settled.v1'
        OR (points = 0 AND yen = 0 AND reverses IS NULL AND decision_id = '')
    )
);

COMMENT ON COLUMN announced_event.type IS 'The ce_type. Others than ClaimSettled are notices: they move nothing.';
COMMENT ON COLUMN announced_event.claim_id IS 'What the event is about, its key and ce_subject: the claim; of a notice the statement, batch or period.';

COMMENT ON COLUMN announced_event.reverses IS 'The event whose share this one takes back; its points and yen are negative.';

CREATE TABLE sealed_block (
    chain text NOT NULL,
    number bigint NOT NULL,
    first_number bigint NOT NULL,
    last_number bigint NOT NULL,
    row_count bigint NOT NULL,
    content_sha256 bytea NOT NULL,
    head_sha256 bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    CONSTRAINT sealed_block_pk PRIMARY KEY (chain, number),
    CONSTRAINT sealed_block_chain_known CHECK (chain IN ('transfers', 'events', 'files', 'statements', 'records')),
    CONSTRAINT sealed_block_not_empty CHECK (row_count > 0 AND last_number >= first_number AND number > 0)
);

COMMENT ON TABLE sealed_block IS 'Blocks of rows that only grow, each with the digest of its rows and of the block before it.';
COMMENT ON COLUMN sealed_block.first_number IS 'Of transfers and records: the ledger numbers it covers. Of others: its place among what was sealed before.';

CREATE TABLE sealed_stream (
    number bigint NOT NULL,
    payer_number text COLLATE "C" NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    CONSTRAINT sealed_stream_pk PRIMARY KEY (payer_number, last_sequence),
    CONSTRAINT sealed_stream_once UNIQUE (number, payer_number),
    CONSTRAINT sealed_stream_not_empty CHECK (last_sequence >= first_sequence)
);

COMMENT ON TABLE sealed_stream IS 'Which events of which payer a block of events holds, in order of the payer numbers.';

CREATE TABLE sealed_file (
    file_id text COLLATE "C" CONSTRAINT sealed_file_pk PRIMARY KEY,
    number bigint NOT NULL CONSTRAINT sealed_file_number UNIQUE,
    kind text NOT NULL,
    sha256 bytea NOT NULL,
    size_bytes bigint NOT NULL,
    CONSTRAINT sealed_file_digest_length CHECK (octet_length(sha256) = 32)
);

COMMENT ON TABLE sealed_file IS 'Files that were given to a bank or came from one, by fingerprint; each is a block of its own.';

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
CREATE TRIGGER pending_transfer_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON pending_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pending_resolution_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON pending_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_block_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_block
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_stream_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_stream
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_file_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_file
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

-- Remembers decisions; their parts lie in one array, one decision after the other. record_decisions stays for processes
-- of the former release.
CREATE FUNCTION record_settled(
    p_decision_ids text[], p_claim_ids text[], p_claim_months text[], p_content_sha256 bytea[],
    p_part_counts integer[], p_payers text[], p_points bigint[], p_yen bigint[], p_patient_yen bigint[],
    p_reduced_yen bigint[], p_posted_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_inserted bigint;
BEGIN
    INSERT INTO posted_decision (
        decision_id, claim_id, claim_month, content_sha256, payer_numbers, points, yen, posted_at, patient_yen,
        reduced_yen
    )
    SELECT n.id, n.claim, n.month, n.content,
        p_payers[n.last - n.parts + 1 : n.last], p_points[n.last - n.parts + 1 : n.last],
        p_yen[n.last - n.parts + 1 : n.last], p_posted_at, n.patient, n.reduced
    FROM (
        SELECT u.*, sum(u.parts) OVER (ORDER BY u.place)::integer AS last
        FROM unnest(
            p_decision_ids, p_claim_ids, p_claim_months, p_content_sha256, p_part_counts, p_patient_yen, p_reduced_yen
        ) WITH ORDINALITY AS u (id, claim, month, content, parts, patient, reduced, place)
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

-- Locks the accounts in order of their ids, making those that are missing; gives them. Whoever writes transfers holds
-- the shared advisory lock until its end, so that a sealer knows whose numbers are still open.
CREATE FUNCTION lock_accounts(p_from text[], p_to text[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_accounts text[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('seikyu.ledger-number'), 0);
    v_accounts := array(SELECT DISTINCT u.id COLLATE "C" FROM unnest(p_from || p_to) AS u (id) ORDER BY 1);
    INSERT INTO account (account_id, kind, balance_yen, version)
    SELECT u.id, split_part(u.id, ':', 1), 0, 0 FROM unnest(v_accounts) AS u (id)
    ON CONFLICT ON CONSTRAINT account_pk DO NOTHING;
    PERFORM FROM account WHERE account_id = ANY (v_accounts) ORDER BY account_id FOR UPDATE;
    RETURN v_accounts;
END
$$;

-- How far ahead of the database's clock may be posted: five minutes, or what the database is set to where a whole time
-- that is not its own is lived through in it, as in tests.
CREATE FUNCTION most_ahead() RETURNS interval
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('seikyu.most_ahead', true), ''), '5 minutes')::interval
$$;

-- Writes transfers that are not among the standing ones with their entries, and steps their accounts once each. The
-- caller has locked the accounts and asked everything that may refuse. The whole batch is posted at the given moment, or
-- at the latest of its accounts' where that is later. A moment ahead of the database's clock is refused, to be tried again:
-- every account that the batch touches would stand there, and each batch with one of them after it.
-- It is called with nested loops off: the plan joins a batch with itself and reads the large tables by its keys only.
CREATE FUNCTION append_transfers(
    p_accounts text[], p_standing text[], p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_kinds text[],
    p_claims text[], p_decisions text[], p_causes text[], p_traces text[], p_sha256 bytea[], p_months text[],
    p_payers text[], p_points bigint[], p_reverses text[], p_posted_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_posted bigint;
BEGIN
    IF p_posted_at > clock_timestamp() + most_ahead() THEN
        IF p_posted_at > coalesce((SELECT max(last_posted_at) FROM account WHERE account_id = ANY (p_accounts)), '-infinity')
        THEN
            RAISE EXCEPTION 'transfers would be posted too far ahead of the database''s clock' USING ERRCODE = '40001';
        END IF;
    END IF;
    WITH fresh AS MATERIALIZED (
        SELECT n.* FROM unnest(
            p_ids, p_from, p_to, p_amounts, p_kinds, p_claims, p_decisions, p_causes, p_traces, p_sha256, p_months,
            p_payers, p_points, p_reverses
        ) WITH ORDINALITY AS n (
            id, from_account, to_account, amount, kind, claim, decision, cause, trace, content, month, payer, points,
            reverses, place
        )
        WHERE cardinality(p_standing) = 0 OR n.id <> ALL (p_standing)
    ), legs AS MATERIALIZED (
        SELECT id, from_account COLLATE "C" AS account_id, -amount AS amount, place FROM fresh
        UNION ALL
        SELECT id, to_account COLLATE "C", amount, place FROM fresh
    ), held AS MATERIALIZED (
        SELECT account_id, balance_yen, version, last_posted_at FROM account WHERE account_id = ANY (p_accounts)
    ), moment AS MATERIALIZED (
        SELECT greatest(p_posted_at, max(last_posted_at)) AS posted_at FROM held
    ), placed AS MATERIALIZED (
        SELECT l.id, l.account_id, l.amount,
            a.balance_yen + (sum(l.amount) OVER w)::bigint AS balance_after, a.version + (row_number() OVER w) AS version
        FROM legs AS l
        JOIN held AS a USING (account_id)
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
        SELECT f.id, f.from_account, v.from_version, f.to_account, v.to_version, f.amount, f.kind, f.claim, f.decision,
            f.cause, f.trace, f.content, f.month, f.payer, f.points, (SELECT posted_at FROM moment), f.reverses
        FROM fresh AS f JOIN versions AS v USING (id)
    ), new_entries AS (
        INSERT INTO entry (account_id, version, transfer_id, amount_yen, balance_before, balance_after)
        SELECT account_id, version, id, amount, balance_after - amount, balance_after
        FROM placed
    ), new_balances AS (
        UPDATE account AS a
        SET balance_yen = a.balance_yen + d.amount, version = a.version + d.entries,
            last_posted_at = (SELECT posted_at FROM moment)
        FROM (SELECT account_id, sum(amount)::bigint AS amount, count(*) AS entries FROM legs GROUP BY account_id) AS d
        WHERE a.account_id = d.account_id AND a.account_id = ANY (p_accounts)
    )
    SELECT count(*) INTO v_posted FROM fresh;
    RETURN v_posted;
END
$$;

-- The first field in which a transfer that is to be written differs from the one that stands under its id.
CREATE FUNCTION differing_field(
    p_standing transfer, p_from text, p_to text, p_amount bigint, p_kind text, p_claim text, p_decision text,
    p_cause text, p_month text, p_payer text, p_points bigint, p_reverses text
) RETURNS text
LANGUAGE sql AS $$
    SELECT CASE
        WHEN p_standing.kind <> p_kind THEN 'kind'
        WHEN p_standing.from_account <> p_from THEN 'from_account'
        WHEN p_standing.to_account <> p_to THEN 'to_account'
        WHEN p_standing.amount_yen <> p_amount THEN 'amount_yen'
        WHEN p_standing.points <> p_points THEN 'points'
        WHEN p_standing.claim_id IS DISTINCT FROM p_claim THEN 'claim_id'
        WHEN p_standing.decision_id IS DISTINCT FROM p_decision THEN 'decision_id'
        WHEN p_standing.claim_month <> p_month THEN 'period'
        WHEN p_standing.payer_number <> p_payer THEN 'payer_number'
        WHEN p_standing.reverses IS DISTINCT FROM p_reverses THEN 'reverses'
        WHEN p_standing.cause_event_id <> p_cause THEN 'cause_event_id'
        ELSE 'payload_sha256'
    END
$$;

-- Posts transfers of claims: what stands already with the same content is left, with other content is a conflict that
-- names the field. A reversal is the mirror of the transfer it names, or nothing is written.
CREATE FUNCTION post_settled(
    p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_claims text[], p_decisions text[],
    p_causes text[], p_traces text[], p_sha256 bytea[], p_months text[], p_payers text[], p_points bigint[],
    p_reverses text[], p_posted_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    v_accounts text[];
    v_standing text[];
    v_kinds text[];
    v_field text;
    v_posted bigint;
BEGIN
    v_accounts := lock_accounts(p_from, p_to);
    v_standing := array(SELECT t.transfer_id FROM transfer AS t WHERE t.transfer_id = ANY (p_ids));
    v_kinds := array_fill('claim'::text, ARRAY[cardinality(p_ids)]);
    IF cardinality(array_remove(p_reverses, NULL)) > 0 THEN
        v_kinds := array(
            SELECT CASE WHEN u.reverses IS NULL THEN 'claim' ELSE 'reversal' END
            FROM unnest(p_reverses) WITH ORDINALITY AS u (reverses, place) ORDER BY u.place
        );
    END IF;
    IF cardinality(v_standing) > 0 THEN
        SELECT differing_field(
            t, n.from_account, n.to_account, n.amount, n.kind, n.claim, n.decision, n.cause, n.month, n.payer, n.points,
            n.reverses
        ) INTO v_field
        FROM unnest(
            p_ids, p_from, p_to, p_amounts, v_kinds, p_claims, p_decisions, p_causes, p_months, p_payers, p_points,
            p_reverses, p_sha256
        ) AS n (
            id, from_account, to_account, amount, kind, claim, decision, cause, month, payer, points, reverses, content
        )
        JOIN (SELECT * FROM transfer WHERE transfer_id = ANY (v_standing)) AS t ON t.transfer_id = n.id
        WHERE t.payload_sha256 <> n.content LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a transfer stands with another %', v_field
                USING ERRCODE = '23505', CONSTRAINT = 'transfer_same_content';
        END IF;
    END IF;
    v_posted := append_transfers(
        v_accounts, v_standing, p_ids, p_from, p_to, p_amounts, v_kinds, p_claims, p_decisions, p_causes, p_traces,
        p_sha256, p_months, p_payers, p_points, p_reverses, p_posted_at
    );
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

-- Posts transfers that are no claim's. What stands with the same content is left. Otherwise nothing is written where
-- one stands with other content ('contradictory', its id and field; field 'pending' where it stands as a pending one),
-- or where an account would pass its limit ('limit', the account).
CREATE FUNCTION post_orders(
    p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_kinds text[], p_causes text[], p_traces text[],
    p_sha256 bytea[], p_months text[], p_payers text[], p_reverses text[], p_posted_at timestamptz,
    OUT written bigint, OUT refusal text, OUT refused text, OUT field text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    v_accounts text[];
    v_standing text[];
    v_none text[] := array_fill(NULL::text, ARRAY[cardinality(p_ids)]);
BEGIN
    written := 0;
    v_accounts := lock_accounts(p_from, p_to);
    v_standing := array(SELECT t.transfer_id FROM transfer AS t WHERE t.transfer_id = ANY (p_ids));
    SELECT 'contradictory', n.id, differing_field(
        t, n.from_account, n.to_account, n.amount, n.kind, NULL, NULL, n.cause, n.month, n.payer, 0, n.reverses
    ) INTO refusal, refused, field
    FROM unnest(p_ids, p_from, p_to, p_amounts, p_kinds, p_causes, p_months, p_payers, p_reverses, p_sha256)
        AS n (id, from_account, to_account, amount, kind, cause, month, payer, reverses, content)
    JOIN (SELECT * FROM transfer WHERE transfer_id = ANY (v_standing)) AS t ON t.transfer_id = n.id
    WHERE t.payload_sha256 <> n.content LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'contradictory', p.transfer_id, 'pending' INTO refusal, refused, field FROM pending_transfer AS p
    WHERE p.transfer_id = ANY (p_ids) AND p.transfer_id <> ALL (v_standing) LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'limit', beyond.account_id INTO refusal, refused
    FROM (
        SELECT l.account_id, a.kind, l.kind AS transfer_kind, l.place,
            a.balance_yen + sum(l.amount) OVER w AS balance_yen, a.pending_in_yen, a.pending_out_yen
        FROM (
            SELECT n.from_account AS account_id, n.kind, -n.amount AS amount, n.place
            FROM unnest(p_ids, p_from, p_kinds, p_amounts) WITH ORDINALITY AS n (id, from_account, kind, amount, place)
            WHERE n.id <> ALL (v_standing)
            UNION ALL
            SELECT n.to_account, n.kind, n.amount, n.place
            FROM unnest(p_ids, p_to, p_kinds, p_amounts) WITH ORDINALITY AS n (id, to_account, kind, amount, place)
            WHERE n.id <> ALL (v_standing)
        ) AS l
        JOIN (SELECT * FROM account WHERE account_id = ANY (v_accounts)) AS a USING (account_id)
        WINDOW w AS (PARTITION BY l.account_id ORDER BY l.place ROWS UNBOUNDED PRECEDING)
    ) AS beyond
    WHERE CASE beyond.kind
        WHEN 'bank' THEN beyond.balance_yen + beyond.pending_in_yen > 0
        WHEN 'hospital' THEN
            beyond.transfer_kind = 'payment' AND beyond.balance_yen - beyond.pending_out_yen < 0
        WHEN 'payer' THEN false
        WHEN 'own' THEN false
        ELSE beyond.balance_yen - beyond.pending_out_yen < 0
    END
    ORDER BY beyond.place LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(p_kinds, p_from, p_to, p_amounts, p_payers, p_reverses)
            AS r (kind, from_account, to_account, amount, payer, reverses)
        LEFT JOIN (SELECT * FROM transfer WHERE transfer_id = ANY (p_reverses)) AS t ON t.transfer_id = r.reverses
        WHERE r.kind = 'reversal' AND (
            t.transfer_id IS NULL OR t.kind IN ('claim', 'reversal')
            OR (t.to_account, t.from_account, t.amount_yen, t.payer_number)
                IS DISTINCT FROM (r.from_account, r.to_account, r.amount, r.payer)
        )
    ) THEN
        RAISE EXCEPTION 'a reversal is not the whole of what it takes back'
            USING ERRCODE = '23514', CONSTRAINT = 'reversal_mirrors';
    END IF;
    written := append_transfers(
        v_accounts, v_standing, p_ids, p_from, p_to, p_amounts, p_kinds, v_none, v_none, p_causes, p_traces, p_sha256,
        p_months, p_payers, array_fill(0::bigint, ARRAY[cardinality(p_ids)]), p_reverses, p_posted_at
    );
END
$$;

-- Holds transfers: they count against limits and are in no balance yet. Refuses as post_orders does.
CREATE FUNCTION hold_orders(
    p_ids text[], p_from text[], p_to text[], p_amounts bigint[], p_kinds text[], p_causes text[], p_traces text[],
    p_sha256 bytea[], p_months text[], p_payers text[], p_held_at timestamptz,
    OUT written bigint, OUT refusal text, OUT refused text, OUT field text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    v_accounts text[];
    v_standing text[];
BEGIN
    written := 0;
    v_accounts := lock_accounts(p_from, p_to);
    v_standing := array(SELECT p.transfer_id FROM pending_transfer AS p WHERE p.transfer_id = ANY (p_ids));
    SELECT 'contradictory', n.id, CASE
        WHEN p.kind <> n.kind THEN 'kind'
        WHEN p.from_account <> n.from_account THEN 'from_account'
        WHEN p.to_account <> n.to_account THEN 'to_account'
        WHEN p.amount_yen <> n.amount THEN 'amount_yen'
        WHEN p.claim_month <> n.month THEN 'period'
        WHEN p.payer_number <> n.payer THEN 'payer_number'
        WHEN p.cause_event_id <> n.cause THEN 'cause_event_id'
        ELSE 'payload_sha256'
    END INTO refusal, refused, field
    FROM unnest(p_ids, p_from, p_to, p_amounts, p_kinds, p_causes, p_months, p_payers, p_sha256)
        AS n (id, from_account, to_account, amount, kind, cause, month, payer, content)
    JOIN (SELECT * FROM pending_transfer WHERE transfer_id = ANY (v_standing)) AS p ON p.transfer_id = n.id
    WHERE p.payload_sha256 <> n.content LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'contradictory', t.transfer_id, 'pending' INTO refusal, refused, field FROM transfer AS t
    WHERE t.transfer_id = ANY (p_ids) AND t.transfer_id <> ALL (v_standing) LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'limit', beyond.account_id INTO refusal, refused
    FROM (
        SELECT l.account_id, a.kind, l.kind AS transfer_kind, l.place, a.balance_yen,
            a.pending_in_yen + sum(l.coming) OVER w AS pending_in_yen,
            a.pending_out_yen + sum(l.going) OVER w AS pending_out_yen
        FROM (
            SELECT n.from_account AS account_id, n.kind, 0 AS coming, n.amount AS going, n.place
            FROM unnest(p_ids, p_from, p_kinds, p_amounts) WITH ORDINALITY AS n (id, from_account, kind, amount, place)
            WHERE n.id <> ALL (v_standing)
            UNION ALL
            SELECT n.to_account, n.kind, n.amount, 0, n.place
            FROM unnest(p_ids, p_to, p_kinds, p_amounts) WITH ORDINALITY AS n (id, to_account, kind, amount, place)
            WHERE n.id <> ALL (v_standing)
        ) AS l
        JOIN (SELECT * FROM account WHERE account_id = ANY (v_accounts)) AS a USING (account_id)
        WINDOW w AS (PARTITION BY l.account_id ORDER BY l.place ROWS UNBOUNDED PRECEDING)
    ) AS beyond
    WHERE CASE beyond.kind
        WHEN 'bank' THEN beyond.balance_yen + beyond.pending_in_yen > 0
        WHEN 'hospital' THEN
            beyond.transfer_kind = 'payment' AND beyond.balance_yen - beyond.pending_out_yen < 0
        WHEN 'payer' THEN false
        WHEN 'own' THEN false
        ELSE beyond.balance_yen - beyond.pending_out_yen < 0
    END
    ORDER BY beyond.place LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO pending_transfer (
        transfer_id, from_account, to_account, amount_yen, kind, cause_event_id, trace_id, payload_sha256, claim_month,
        payer_number, held_at
    )
    SELECT n.id, n.from_account, n.to_account, n.amount, n.kind, n.cause, n.trace, n.content, n.month, n.payer, p_held_at
    FROM unnest(p_ids, p_from, p_to, p_amounts, p_kinds, p_causes, p_traces, p_sha256, p_months, p_payers)
        WITH ORDINALITY AS n (id, from_account, to_account, amount, kind, cause, trace, content, month, payer, place)
    WHERE n.id <> ALL (v_standing) ORDER BY n.place;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM step_pending(v_accounts, p_ids, v_standing, 1);
END
$$;

-- Adds what the given pending transfers but the excepted ones would move to their accounts' pending sums, or takes it
-- off again (-1).
CREATE FUNCTION step_pending(p_accounts text[], p_ids text[], p_except text[], p_sign integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account AS a
    SET pending_in_yen = a.pending_in_yen + p_sign * d.coming, pending_out_yen = a.pending_out_yen + p_sign * d.going
    FROM (
        SELECT l.account_id, sum(l.coming)::bigint AS coming, sum(l.going)::bigint AS going
        FROM pending_transfer AS p
        CROSS JOIN LATERAL (VALUES (p.from_account, 0, p.amount_yen), (p.to_account, p.amount_yen, 0))
            AS l (account_id, coming, going)
        WHERE p.transfer_id = ANY (p_ids) AND p.transfer_id <> ALL (p_except)
        GROUP BY l.account_id
    ) AS d
    WHERE a.account_id = d.account_id AND a.account_id = ANY (p_accounts);
END
$$;

-- Resolves pending transfers: 'posted' gives each its entries under its own id, 'voided' nothing. One that was resolved
-- in the same way before is left. Nothing is written where one is unknown ('unknown') or was resolved in the other way
-- ('resolved'). The bank has paid what it has paid: no limit refuses here.
CREATE FUNCTION resolve_orders(
    p_ids text[], p_outcome text, p_cause text, p_at timestamptz,
    OUT written bigint, OUT refusal text, OUT refused text, OUT field text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_accounts text[];
    v_done text[];
    v_open text[];
    v_none text[];
    v_at timestamptz := p_at;
BEGIN
    written := 0;
    v_accounts := lock_accounts(
        array(SELECT from_account FROM pending_transfer WHERE transfer_id = ANY (p_ids)),
        array(SELECT to_account FROM pending_transfer WHERE transfer_id = ANY (p_ids))
    );
    SELECT 'unknown', u.id INTO refusal, refused FROM unnest(p_ids) WITH ORDINALITY AS u (id, place)
    WHERE NOT EXISTS (SELECT FROM pending_transfer AS p WHERE p.transfer_id = u.id) ORDER BY u.place LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'resolved', r.transfer_id INTO refusal, refused FROM pending_resolution AS r
    WHERE r.transfer_id = ANY (p_ids) AND r.outcome <> p_outcome ORDER BY r.transfer_id LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    v_done := array(SELECT r.transfer_id FROM pending_resolution AS r WHERE r.transfer_id = ANY (p_ids));
    v_open := array(
        SELECT p.transfer_id FROM pending_transfer AS p
        WHERE p.transfer_id = ANY (p_ids) AND p.transfer_id <> ALL (v_done) ORDER BY p.number
    );
    IF cardinality(v_open) = 0 THEN
        RETURN;
    END IF;
    IF p_outcome = 'posted' THEN
        v_at := greatest(p_at, (SELECT max(last_posted_at) FROM account WHERE account_id = ANY (v_accounts)));
    END IF;
    INSERT INTO pending_resolution (transfer_id, outcome, cause_event_id, resolved_at)
    SELECT u.id, p_outcome, p_cause, v_at FROM unnest(v_open) WITH ORDINALITY AS u (id, place) ORDER BY u.place;
    PERFORM step_pending(v_accounts, v_open, '{}', -1);
    IF p_outcome = 'posted' THEN
        v_none := array_fill(NULL::text, ARRAY[cardinality(v_open)]);
        PERFORM append_transfers(
            v_accounts, '{}', g.ids, g.from_accounts, g.to_accounts, g.amounts, g.kinds, v_none, v_none, g.causes,
            g.traces, g.contents, g.months, g.payers, array_fill(0::bigint, ARRAY[cardinality(v_open)]), v_none, v_at
        )
        FROM (
            SELECT array_agg(transfer_id ORDER BY number) AS ids, array_agg(from_account ORDER BY number) AS from_accounts,
                array_agg(to_account ORDER BY number) AS to_accounts, array_agg(amount_yen ORDER BY number) AS amounts,
                array_agg(kind ORDER BY number) AS kinds, array_agg(cause_event_id ORDER BY number) AS causes,
                array_agg(trace_id ORDER BY number) AS traces, array_agg(payload_sha256 ORDER BY number) AS contents,
                array_agg(claim_month ORDER BY number) AS months, array_agg(payer_number ORDER BY number) AS payers
            FROM pending_transfer WHERE transfer_id = ANY (v_open)
        ) AS g;
    END IF;
    written := cardinality(v_open);
END
$$;

-- Holds transfers in the place of pending ones that were posted and then reversed as a whole; each has the accounts, the
-- amount and the month of the former one. What was promised before is promised again: no limit refuses. Refuses as
-- hold_orders does, and where the former one is not such ('unknown').
CREATE FUNCTION hold_again(
    p_formers text[], p_ids text[], p_causes text[], p_traces text[], p_sha256 bytea[], p_held_at timestamptz,
    OUT written bigint, OUT refusal text, OUT refused text, OUT field text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_accounts text[];
    v_standing text[];
BEGIN
    written := 0;
    v_accounts := lock_accounts(
        array(SELECT from_account FROM pending_transfer WHERE transfer_id = ANY (p_formers)),
        array(SELECT to_account FROM pending_transfer WHERE transfer_id = ANY (p_formers))
    );
    SELECT 'unknown', u.id INTO refusal, refused FROM unnest(p_formers) WITH ORDINALITY AS u (id, place)
    WHERE NOT EXISTS (SELECT FROM pending_resolution AS r WHERE r.transfer_id = u.id AND r.outcome = 'posted')
        OR NOT EXISTS (SELECT FROM transfer AS t WHERE t.reverses = u.id)
    ORDER BY u.place LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    v_standing := array(SELECT p.transfer_id FROM pending_transfer AS p WHERE p.transfer_id = ANY (p_ids));
    SELECT 'contradictory', n.id, 'payload_sha256' INTO refusal, refused, field
    FROM unnest(p_ids, p_sha256) AS n (id, content)
    JOIN pending_transfer AS p ON p.transfer_id = n.id WHERE p.payload_sha256 <> n.content LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT 'contradictory', t.transfer_id, 'pending' INTO refusal, refused, field FROM transfer AS t
    WHERE t.transfer_id = ANY (p_ids) AND t.transfer_id <> ALL (v_standing) LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO pending_transfer (
        transfer_id, from_account, to_account, amount_yen, kind, cause_event_id, trace_id, payload_sha256, claim_month,
        payer_number, held_at
    )
    SELECT n.id, f.from_account, f.to_account, f.amount_yen, f.kind, n.cause, n.trace, n.content, f.claim_month,
        f.payer_number, p_held_at
    FROM unnest(p_formers, p_ids, p_causes, p_traces, p_sha256) WITH ORDINALITY
        AS n (former, id, cause, trace, content, place)
    JOIN pending_transfer AS f ON f.transfer_id = n.former
    WHERE n.id <> ALL (v_standing) ORDER BY n.place;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM step_pending(v_accounts, p_ids, v_standing, 1);
END
$$;

-- Locks accounts for a transaction that will write to some of them more than once: all at once, in order.
CREATE FUNCTION lock_ledger(p_accounts text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM lock_accounts(p_accounts, '{}');
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
CREATE FUNCTION append_events(
    p_payers text[], p_sequences bigint[], p_event_ids text[], p_types text[], p_claims text[], p_decisions text[],
    p_values bytea[], p_traceparents text[], p_points bigint[], p_yen bigint[], p_months text[], p_reverses text[],
    p_created_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
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
        payer_number, sequence, event_id, type, claim_id, decision_id, value, sha256, traceparent, points, yen,
        claim_month, created_at, reverses
    )
    SELECT n.payer, n.sequence, n.event_id, n.type, n.claim, n.decision, n.value, sha256(n.value), n.traceparent,
        n.points, n.yen, n.month, p_created_at, n.reverses
    FROM unnest(
        p_payers, p_sequences, p_event_ids, p_types, p_claims, p_decisions, p_values, p_traceparents, p_points, p_yen,
        p_months, p_reverses
    ) AS n (payer, sequence, event_id, type, claim, decision, value, traceparent, points, yen, month, reverses);
    UPDATE payer_stream AS s SET next_sequence = s.next_sequence + n.events
    FROM (SELECT u.payer COLLATE "C" AS payer_number, count(*) AS events FROM unnest(p_payers) AS u (payer) GROUP BY 1) AS n
    WHERE s.payer_number = n.payer_number AND s.payer_number = ANY (p_payers);
END
$$;

-- Appends shares and reversals of claims to their streams.
CREATE FUNCTION announce_settled(
    p_payers text[], p_sequences bigint[], p_event_ids text[], p_claims text[], p_decisions text[], p_values bytea[],
    p_traceparents text[], p_points bigint[], p_yen bigint[], p_months text[], p_reverses text[],
    p_created_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    PERFORM append_events(
        p_payers, p_sequences, p_event_ids,
        array_fill('jp.seikyu.settlement.claim_settled.v1'::text, ARRAY[cardinality(p_payers)]), p_claims, p_decisions,
        p_values, p_traceparents, p_points, p_yen, p_months, p_reverses, p_created_at
    );
END
$$;

-- Appends notices to their streams: events of other types, about something else than a claim, that move nothing.
CREATE FUNCTION announce_notices(
    p_payers text[], p_sequences bigint[], p_event_ids text[], p_types text[], p_subjects text[], p_values bytea[],
    p_traceparents text[], p_months text[], p_created_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    PERFORM append_events(
        p_payers, p_sequences, p_event_ids, p_types, p_subjects, array_fill(''::text, ARRAY[cardinality(p_payers)]),
        p_values, p_traceparents, array_fill(0::bigint, ARRAY[cardinality(p_payers)]),
        array_fill(0::bigint, ARRAY[cardinality(p_payers)]), p_months,
        array_fill(NULL::text, ARRAY[cardinality(p_payers)]), p_created_at
    );
END
$$;

-- Adds a block to a chain; gives its head. The caller holds the chain's lock. The form is that of domain/chain.py.
CREATE FUNCTION append_block(
    p_chain text, p_number bigint, p_first bigint, p_last bigint, p_rows bigint, p_content bytea, p_previous bytea,
    p_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sealed_block (
        chain, number, first_number, last_number, row_count, content_sha256, head_sha256, sealed_at
    )
    VALUES (
        p_chain, p_number, p_first, p_last, p_rows, p_content,
        sha256(array_send(ARRAY[
            p_chain, p_number::text, p_first::text, p_last::text, p_rows::text,
            (extract(epoch FROM p_at) * 1000000)::bigint::text, encode(p_content, 'hex'), encode(p_previous, 'hex')
        ])),
        p_at
    );
END
$$;

-- Seals the next transfers, pending transfers and resolutions up to a number, at most so many; how many. The caller
-- knows that no number up to there is still open.
CREATE FUNCTION seal_transfers(p_upto bigint, p_most integer, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_last sealed_block;
    v_rows bigint;
    v_reached bigint;
    v_content bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.transfers'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'transfers' ORDER BY number DESC LIMIT 1;
    SELECT count(*), max(r.number), sha256(string_agg(r.form, ''::bytea ORDER BY r.number))
    INTO v_rows, v_reached, v_content
    FROM (
        (
            SELECT t.number, array_send(ARRAY[
                'transfer', t.number::text, t.transfer_id, t.from_account, t.from_version::text, t.to_account,
                t.to_version::text, t.amount_yen::text, t.kind, t.claim_id, t.decision_id, t.cause_event_id, t.trace_id,
                encode(t.payload_sha256, 'hex'), t.claim_month, t.payer_number, t.points::text,
                (extract(epoch FROM t.posted_at) * 1000000)::bigint::text, t.reverses
            ]) AS form
            FROM transfer AS t
            WHERE t.number > coalesce(v_last.last_number, 0) AND t.number <= p_upto ORDER BY t.number LIMIT p_most
        )
        UNION ALL
        (
            SELECT p.number, array_send(ARRAY[
                'pending', p.number::text, p.transfer_id, p.from_account, p.to_account, p.amount_yen::text, p.kind,
                p.cause_event_id, p.trace_id, encode(p.payload_sha256, 'hex'), p.claim_month, p.payer_number,
                (extract(epoch FROM p.held_at) * 1000000)::bigint::text
            ])
            FROM pending_transfer AS p
            WHERE p.number > coalesce(v_last.last_number, 0) AND p.number <= p_upto ORDER BY p.number LIMIT p_most
        )
        UNION ALL
        (
            SELECT s.number, array_send(ARRAY[
                'resolution', s.number::text, s.transfer_id, s.outcome, s.cause_event_id,
                (extract(epoch FROM s.resolved_at) * 1000000)::bigint::text
            ])
            FROM pending_resolution AS s
            WHERE s.number > coalesce(v_last.last_number, 0) AND s.number <= p_upto ORDER BY s.number LIMIT p_most
        )
        ORDER BY number LIMIT p_most
    ) AS r;
    IF v_rows > 0 THEN
        PERFORM append_block(
            'transfers', coalesce(v_last.number, 0) + 1, coalesce(v_last.last_number, 0) + 1, v_reached, v_rows,
            v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
        );
    END IF;
    RETURN v_rows;
END
$$;

-- Seals the next events of all streams, at most so many of each of at most so many streams; how many. A stream's events
-- are numbered under its lock: what its row counts is committed.
CREATE FUNCTION seal_events(p_most_of_each integer, p_most_streams integer, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_last sealed_block;
    v_number bigint;
    v_rows bigint;
    v_content bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.events'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'events' ORDER BY number DESC LIMIT 1;
    v_number := coalesce(v_last.number, 0) + 1;
    INSERT INTO sealed_stream (number, payer_number, first_sequence, last_sequence)
    SELECT v_number, s.payer_number, e.last + 1, least(s.next_sequence - 1, e.last + p_most_of_each)
    FROM payer_stream AS s
    CROSS JOIN LATERAL (
        SELECT coalesce(max(k.last_sequence), 0) AS last FROM sealed_stream AS k WHERE k.payer_number = s.payer_number
    ) AS e
    WHERE s.next_sequence - 1 > e.last
    ORDER BY s.payer_number LIMIT p_most_streams;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT count(*), sha256(string_agg(array_send(ARRAY[
        'event', a.payer_number, a.sequence::text, a.event_id, a.type, a.claim_id, a.decision_id,
        encode(sha256(a.value), 'hex'), encode(a.sha256, 'hex'), a.traceparent, a.points::text, a.yen::text,
        a.claim_month, (extract(epoch FROM a.created_at) * 1000000)::bigint::text, a.reverses
    ]), ''::bytea ORDER BY a.payer_number, a.sequence))
    INTO v_rows, v_content
    FROM sealed_stream AS k
    JOIN announced_event AS a
        ON a.payer_number = k.payer_number AND a.sequence BETWEEN k.first_sequence AND k.last_sequence
    WHERE k.number = v_number;
    PERFORM append_block(
        'events', v_number, coalesce(v_last.last_number, 0) + 1, coalesce(v_last.last_number, 0) + v_rows, v_rows,
        v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
    );
    RETURN v_rows;
END
$$;

-- Seals a file as a block of its own; nothing where it is sealed with the same content. The field that differs otherwise.
CREATE FUNCTION seal_file(p_file_id text, p_kind text, p_sha256 bytea, p_size bigint, p_at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_last sealed_block;
    v_standing sealed_file;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.files'), 0);
    SELECT * INTO v_standing FROM sealed_file WHERE file_id = p_file_id;
    IF FOUND THEN
        RETURN CASE
            WHEN v_standing.kind <> p_kind THEN 'kind'
            WHEN v_standing.sha256 <> p_sha256 THEN 'sha256'
            WHEN v_standing.size_bytes <> p_size THEN 'size'
        END;
    END IF;
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'files' ORDER BY number DESC LIMIT 1;
    INSERT INTO sealed_file (file_id, number, kind, sha256, size_bytes)
    VALUES (p_file_id, coalesce(v_last.number, 0) + 1, p_kind, p_sha256, p_size);
    PERFORM append_block(
        'files', coalesce(v_last.number, 0) + 1, coalesce(v_last.number, 0) + 1, coalesce(v_last.number, 0) + 1, 1,
        sha256(array_send(ARRAY['file', p_file_id, p_kind, encode(p_sha256, 'hex'), p_size::text])),
        coalesce(v_last.head_sha256, ''::bytea), p_at
    );
    RETURN NULL;
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
    INSERT INTO payer_stream AS s (
        payer_number, cluster_id, enrolment_request_id, enrolled_at, has_statements_topic, kafka_username
    )
    VALUES (p_payer, p_cluster_id, p_request_id, now(), true, 'payer-' || p_payer)
    ON CONFLICT ON CONSTRAINT payer_stream_pk DO UPDATE
    SET enrolment_request_id = p_request_id, cluster_id = coalesce(s.cluster_id, p_cluster_id),
        enrolled_at = coalesce(s.enrolled_at, now()), has_statements_topic = true,
        kafka_username = 'payer-' || p_payer, former_username = NULL, former_request_id = NULL, former_ends_at = NULL;
END
$$;

-- Remembers the principal that follows, and until when the one before holds.
CREATE FUNCTION rotate_payer(p_payer text, p_username text, p_request_id text, p_ends_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE payer_stream
    SET former_username = kafka_username, former_request_id = enrolment_request_id, former_ends_at = p_ends_at,
        kafka_username = p_username, enrolment_request_id = p_request_id
    WHERE payer_number = p_payer AND enrolled_at IS NOT NULL AND former_username IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'payer % is not enrolled, or a rotation is under way', p_payer USING ERRCODE = 'check_violation';
    END IF;
END
$$;

-- Forgets the former principal, which was withdrawn at the broker.
CREATE FUNCTION retire_former(p_payer text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE payer_stream SET former_username = NULL, former_request_id = NULL, former_ends_at = NULL
    WHERE payer_number = p_payer;
$$;

-- Stops publishing a payer's stream; its cursor stays where it is.
CREATE FUNCTION unenrol_payer(p_payer text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE payer_stream
    SET enrolled_at = NULL, enrolment_request_id = NULL, kafka_username = NULL, former_username = NULL,
        former_request_id = NULL, former_ends_at = NULL, unenrolled_at = p_at
    WHERE payer_number = p_payer;
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
    mark_published, restart_streams, record_later_decisions, post_settled, announce_settled, record_settled FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT ON account, transfer, entry, posted_decision, later_decision, payer_stream, announced_event TO %I',
        current_database()
    );
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION record_decisions, post_transfers, lock_payer_streams, announce_events, enrol_payer,'
        ' mark_published, restart_streams, record_later_decisions, post_settled, announce_settled, record_settled'
        ' TO %I',
        current_database()
    );
END
$$;

REVOKE ALL ON FUNCTION lock_accounts, append_transfers, differing_field, post_orders, hold_orders, step_pending,
    resolve_orders, append_events, announce_notices, append_block, seal_transfers, seal_events, seal_file FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT ON pending_transfer, pending_resolution, sealed_block, sealed_stream, sealed_file TO %I',
        current_database()
    );
    EXECUTE format('GRANT SELECT ON SEQUENCE ledger_number TO %I', current_database());
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION post_orders, hold_orders, resolve_orders, announce_notices, seal_transfers,'
        ' seal_events, seal_file TO %I',
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
            'settled returned', 'settled instructed', 'settled accepted',
            'returned reinstructed', 'returned abandoned', 'returned settled'
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
    content bytea STORAGE EXTERNAL NOT NULL,
    payments integer NOT NULL,
    total_yen bigint NOT NULL,
    released_by text COLLATE "C" NOT NULL,
    released_at timestamptz NOT NULL,
    CONSTRAINT bank_file_form CHECK (form IN ('zengin', 'zengin-lines', 'pain001')),
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
    layout smallint NOT NULL DEFAULT 1,
    patient_yen bigint,
    reduced_yen bigint,
    patient_unknown_lines bigint,
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
    CONSTRAINT statement_digests CHECK (csv_sha256 ~ '^[0-9a-f]{64}$' AND pdf_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT statement_layout_known CHECK (layout IN (1, 2)),
    CONSTRAINT statement_layout_says_receipts CHECK (
        CASE layout
            WHEN 1 THEN num_nonnulls(patient_yen, reduced_yen, patient_unknown_lines) = 0
            ELSE num_nulls(patient_yen, reduced_yen, patient_unknown_lines) = 0
        END
    )
);

CREATE INDEX statement_period ON statement (period, account_id);

COMMENT ON TABLE statement IS 'An account''s month as it was told. Yen are the account''s: positive is owed to its holder.';
COMMENT ON COLUMN statement.open_version IS 'The first entry up to the cut that no statement holds, or the one after the cut.';
COMMENT ON COLUMN statement.closing_yen IS 'What all statements so far add up to: the balance at the cut without ahead_yen.';
COMMENT ON COLUMN statement.ahead_yen IS 'Entries up to the cut that belong to later months.';
COMMENT ON COLUMN statement.brought_yen IS 'carried_yen of the statement before, and what this one takes up.';
COMMENT ON COLUMN statement.payable_yen IS 'What is paid for this statement, by the payer until due_on or to the hospital on pays_on; never negative.';
COMMENT ON COLUMN statement.layout IS 'How its documents are written, now and whenever they are written again.';
COMMENT ON COLUMN statement.patient_yen IS 'What the patients of its receipts pay, each receipt once; in no balance. Null where the layout does not say it.';
COMMENT ON COLUMN statement.patient_unknown_lines IS 'Lines of receipts whose patient''s part was not kept: it is missing in patient_yen.';
COMMENT ON COLUMN statement.carried_yen IS 'A net that cannot be paid (the hospital owes, the payer is owed): netted in the next statement.';

-- A statement says what the ledger says, and goes on where the one before ended, or it is not written.
CREATE FUNCTION refuse_wrong_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_balance bigint;
    v_taken_up bigint;
    v_former record;
BEGIN
    SELECT balance_after INTO v_balance FROM entry WHERE account_id = NEW.account_id AND version = NEW.cut_version;
    IF coalesce(v_balance, 0) <> NEW.closing_yen + NEW.ahead_yen OR (v_balance IS NULL AND NEW.cut_version > 0) THEN
        RAISE EXCEPTION 'a statement differs from the ledger'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_equals_ledger';
    END IF;
    SELECT coalesce(sum(yen), 0) INTO v_taken_up FROM period_taken_up
    WHERE period = NEW.period AND account_id = NEW.account_id;
    SELECT closing_yen, carried_yen, period, cut_version, cut_sequence INTO v_former FROM statement
    WHERE account_id = NEW.account_id ORDER BY period DESC LIMIT 1;
    IF (coalesce(v_former.closing_yen, 0), coalesce(v_former.carried_yen, 0) + v_taken_up)
            <> (NEW.opening_yen, NEW.brought_yen)
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

CREATE TABLE receipt_read (
    place bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT receipt_read_pk PRIMARY KEY,
    read_id text COLLATE "C" NOT NULL CONSTRAINT receipt_read_once UNIQUE,
    payer_number text COLLATE "C" NOT NULL,
    read_by text COLLATE "C" NOT NULL,
    reader text COLLATE "C" NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    given boolean NOT NULL,
    read_at timestamptz NOT NULL,
    trace_id text COLLATE "C" NOT NULL
);

CREATE INDEX receipt_read_payer ON receipt_read (payer_number, place);

COMMENT ON COLUMN receipt_read.reader IS 'The payer''s own opaque id of the person, as it said.';
COMMENT ON COLUMN receipt_read.given IS 'False: the claim is not the payer''s to see, and nothing was shown.';

CREATE TRIGGER receipt_read_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_read
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON receipt_read TO %I', current_database());
END
$$;

-- A payment is of a statement: of its hospital, to the yen.
ALTER TABLE statement ADD CONSTRAINT statement_payable UNIQUE (statement_id, account_id, payable_yen);

ALTER TABLE payment
    ADD COLUMN account_id text COLLATE "C" NOT NULL GENERATED ALWAYS AS ('hospital:' || hospital_code) STORED,
    ADD CONSTRAINT payment_pays_statement FOREIGN KEY (statement_id, account_id, yen)
        REFERENCES statement (statement_id, account_id, payable_yen);

-- What banks say of the platform's accounts: files with their bytes, statements, lines, and what each line was matched
-- with. Everything here only grows, but for where an account stands.

CREATE TABLE statement_file (
    file_id text COLLATE "C" CONSTRAINT statement_file_pk PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT statement_file_once UNIQUE,
    source text NOT NULL,
    content bytea NOT NULL,
    imported_by text COLLATE "C" NOT NULL,
    imported_at timestamptz NOT NULL,
    CONSTRAINT statement_file_is_its_digest CHECK (sha256 = sha256(content)),
    CONSTRAINT statement_file_source CHECK (source IN ('03', '01', 'camt.052', 'camt.054'))
);

COMMENT ON COLUMN statement_file.content IS 'As the bank sent it; the header of a ZEDI file may hold a password, so it is read by nobody.';

CREATE TABLE bank_account (
    account text COLLATE "C" CONSTRAINT bank_account_pk PRIMARY KEY,
    opening_yen bigint NOT NULL,
    begins_on date NOT NULL,
    until date NOT NULL,
    lines bigint NOT NULL,
    balance_yen bigint NOT NULL,
    CONSTRAINT bank_account_digits CHECK (account ~ '^[0-9]{15}$'),
    CONSTRAINT bank_account_not_below_zero CHECK (opening_yen >= 0 AND balance_yen >= 0)
);

COMMENT ON TABLE bank_account IS 'Where the lines of an account stand: the one row here that moves on, with each statement.';

CREATE TABLE bank_statement (
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_statement_of_file REFERENCES statement_file,
    number integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    made_on date NOT NULL,
    since date NOT NULL,
    until date NOT NULL,
    opening_yen bigint,
    in_yen bigint NOT NULL,
    out_yen bigint NOT NULL,
    closing_yen bigint,
    lines integer NOT NULL,
    new_lines integer NOT NULL,
    matched_lines integer NOT NULL,
    queued_lines integer NOT NULL,
    days_not_told integer NOT NULL,
    first_new bigint,
    CONSTRAINT bank_statement_pk PRIMARY KEY (file_id, number),
    CONSTRAINT bank_statement_span CHECK (since <= until),
    CONSTRAINT bank_statement_proves CHECK (opening_yen + in_yen - out_yen = closing_yen)
);

COMMENT ON COLUMN bank_statement.first_new IS 'Position of the first line that it brought; none where it brought none. Balances are none in a notice.';

CREATE TABLE bank_line (
    line_id text COLLATE "C" CONSTRAINT bank_line_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL CONSTRAINT bank_line_of_account REFERENCES bank_account,
    position bigint NOT NULL,
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_line_of_file REFERENCES statement_file,
    record integer NOT NULL,
    booked date NOT NULL,
    valued date,
    direction text NOT NULL,
    yen bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    dealing text COLLATE "C" NOT NULL,
    inquiry_number text COLLATE "C" NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter text NOT NULL,
    from_bank text NOT NULL,
    from_branch text NOT NULL,
    narrative text NOT NULL,
    edi text NOT NULL,
    content_sha256 bytea NOT NULL,
    verdict text NOT NULL,
    CONSTRAINT bank_line_position UNIQUE (account, position),
    CONSTRAINT bank_line_direction CHECK (direction IN ('in', 'out')),
    CONSTRAINT bank_line_yen_positive CHECK (yen > 0),
    CONSTRAINT bank_line_balance CHECK (
        balance_after = balance_before + CASE direction WHEN 'in' THEN yen ELSE -yen END
    )
);

COMMENT ON COLUMN bank_line.verdict IS 'At import: the rule that matched it, or why it went to the queue.';

CREATE INDEX bank_line_booked ON bank_line (account, booked);
CREATE INDEX bank_line_remitter ON bank_line (remitter_code, remitter);

-- Each line begins with the balance that the one before it left, the first with the account's opening balance.
CREATE FUNCTION refuse_broken_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inserted AS n
        JOIN bank_account AS a USING (account)
        LEFT JOIN bank_line AS b ON b.account = n.account AND b.position = n.position - 1
        WHERE n.balance_before IS DISTINCT FROM CASE n.position WHEN 1 THEN a.opening_yen ELSE b.balance_after END
    ) THEN
        RAISE EXCEPTION 'a line does not begin where the one before it ended'
            USING ERRCODE = '23514', CONSTRAINT = 'bank_line_continues';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER bank_line_continues AFTER INSERT ON bank_line REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_broken_balance();

CREATE TABLE line_match (
    match_id text COLLATE "C" CONSTRAINT line_match_pk PRIMARY KEY,
    line_id text COLLATE "C" NOT NULL CONSTRAINT line_match_of_line REFERENCES bank_line,
    rule text NOT NULL,
    purpose text NOT NULL,
    target text COLLATE "C" NOT NULL,
    statement_id text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    matched_by text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    matched_at timestamptz NOT NULL,
    CONSTRAINT line_match_yen_positive CHECK (yen > 0),
    CONSTRAINT line_match_purpose CHECK (purpose IN ('payer', 'payment', 'return', 'refund', 'own'))
);

COMMENT ON TABLE line_match IS 'What a line, or a part of its yen, was matched with, by which rule or person; what is not matched is in the queue.';
COMMENT ON COLUMN line_match.transfer_id IS 'The transfer that moved it; empty where payments moved by themselves, or nothing did.';

CREATE INDEX line_match_line ON line_match (line_id);
CREATE INDEX line_match_statement ON line_match (statement_id) WHERE statement_id <> '';

-- No yen of a line is matched twice; what was taken back is free again. The caller holds the row of the account.
CREATE FUNCTION refuse_matched_twice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM known_match AS m JOIN bank_line AS l USING (line_id)
        WHERE m.line_id IN (SELECT line_id FROM inserted) AND m.stands
        GROUP BY l.line_id, l.yen HAVING sum(m.yen) > l.yen
    ) THEN
        RAISE EXCEPTION 'more is matched than the line has'
            USING ERRCODE = '23514', CONSTRAINT = 'line_match_within_line';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER line_match_within_line AFTER INSERT ON line_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_matched_twice();

CREATE TABLE credit_notice (
    notice_id text COLLATE "C" CONSTRAINT credit_notice_pk PRIMARY KEY,
    file_id text COLLATE "C" NOT NULL CONSTRAINT credit_notice_of_file REFERENCES statement_file,
    record integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    booked date NOT NULL,
    yen bigint NOT NULL,
    is_cancelled boolean NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter text NOT NULL,
    edi text NOT NULL,
    CONSTRAINT credit_notice_yen_positive CHECK (yen > 0)
);

COMMENT ON TABLE credit_notice IS 'Money that a bank announced (振込入金通知); it moves nothing before a statement shows it.';

CREATE INDEX credit_notice_account ON credit_notice (account, booked);

CREATE TABLE payment_recall (
    recall_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    state text NOT NULL,
    answer_by date NOT NULL,
    reason text NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT payment_recall_pk PRIMARY KEY (recall_id, number),
    CONSTRAINT payment_recall_state CHECK (state IN ('requested', 'sent', 'refused', 'returned'))
);

COMMENT ON TABLE payment_recall IS '組戻 of a payment: its states one after the other; the last one holds.';

CREATE INDEX payment_recall_payment ON payment_recall (payment_id);

CREATE TRIGGER statement_file_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_line_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_match_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON line_match
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_notice_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_recall_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_recall
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON statement_file, bank_account, bank_statement, bank_line, line_match, credit_notice,'
        ' payment_recall TO %I',
        current_database()
    );
    EXECUTE format('GRANT UPDATE (until, lines, balance_yen) ON bank_account TO %I', current_database());
END
$$;

REVOKE ALL ON FUNCTION rotate_payer, retire_former, unenrol_payer FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION rotate_payer, retire_former, unenrol_payer TO %I', current_database());
END
$$;

-- Matches that people took back. What was matched stays told; it counts no more.

CREATE TABLE undone_match (
    match_id text COLLATE "C" CONSTRAINT undone_match_pk PRIMARY KEY
        CONSTRAINT undone_match_of_match REFERENCES line_match,
    transfer_id text COLLATE "C" NOT NULL,
    undone_by text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    undone_at timestamptz NOT NULL
);

COMMENT ON COLUMN undone_match.transfer_id IS 'The reversal of what the match moved, or for a return the line''s money once more; empty where it moved nothing.';

CREATE TRIGGER undone_match_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON undone_match
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW known_match AS
SELECT m.*, NOT EXISTS (SELECT FROM undone_match AS u WHERE u.match_id = m.match_id) AS stands FROM line_match AS m;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON undone_match TO %I', current_database());
    EXECUTE format('GRANT SELECT ON known_match TO %I', current_database());
END
$$;

CREATE TABLE sealed_statement (
    statement_id text COLLATE "C" CONSTRAINT sealed_statement_pk PRIMARY KEY,
    number bigint NOT NULL
);

CREATE INDEX sealed_statement_number ON sealed_statement (number, statement_id);

COMMENT ON TABLE sealed_statement IS 'Which statements a block holds, in order of their ids.';

CREATE TRIGGER sealed_statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Seals statements that were just issued as one block. What later layouts say follows what the first one says, then
-- the ids and yen of statements that are taken up.
CREATE FUNCTION seal_statements(p_statement_ids text[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_last sealed_block;
    v_number bigint;
    v_rows bigint;
    v_content bytea;
BEGIN
    IF cardinality(p_statement_ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.statements'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'statements' ORDER BY number DESC LIMIT 1;
    v_number := coalesce(v_last.number, 0) + 1;
    INSERT INTO sealed_statement (statement_id, number) SELECT u.id, v_number FROM unnest(p_statement_ids) AS u (id);
    SELECT count(*), sha256(string_agg(array_send(ARRAY[
        'statement', s.statement_id, s.account_id, s.kind, s.period, s.cut_version::text, s.cut_sequence::text,
        s.open_version::text, s.open_sequence::text, s.opening_yen::text, s.claims_yen::text, s.adjustments_yen::text,
        s.fees_yen::text, s.paid_yen::text, s.closing_yen::text, s.ahead_yen::text, s.brought_yen::text,
        s.payable_yen::text, s.carried_yen::text, to_char(s.due_on, 'YYYYMMDD'), to_char(s.pays_on, 'YYYYMMDD'),
        s.lines::text, s.csv_sha256, s.pdf_sha256, s.transfers_block::text, s.transfers_sha256, s.events_block::text,
        s.events_sha256, s.files_block::text, s.files_sha256, (extract(epoch FROM s.issued_at) * 1000000)::bigint::text
    ] || CASE WHEN s.layout > 1 THEN ARRAY[
        s.layout::text, s.patient_yen::text, s.reduced_yen::text, s.patient_unknown_lines::text
    ] END || (
        SELECT array_agg(u.value ORDER BY t.statement_id, u.place)
        FROM period_taken_up AS t
        CROSS JOIN LATERAL unnest(ARRAY['taken up', t.statement_id, t.yen::text]) WITH ORDINALITY AS u (value, place)
        WHERE t.period = s.period AND t.account_id = s.account_id
    )), ''::bytea ORDER BY s.statement_id))
    INTO v_rows, v_content
    FROM statement AS s WHERE s.statement_id = ANY (p_statement_ids);
    PERFORM append_block(
        'statements', v_number, coalesce(v_last.last_number, 0) + 1, coalesce(v_last.last_number, 0) + v_rows, v_rows,
        v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
    );
END
$$;

CREATE FUNCTION seal_issued_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM seal_statements(array(SELECT statement_id FROM inserted), now());
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_is_sealed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION seal_issued_statements();

REVOKE ALL ON FUNCTION seal_statements, seal_issued_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON sealed_statement TO %I', current_database());
END
$$;

-- What came back, found by itself: few payments do, and the page of them need not read all that were ever made.

CREATE INDEX payment_event_returned ON payment_event (payment_id) WHERE state = 'returned';

CREATE INDEX line_match_return ON line_match (target) WHERE purpose = 'return';

-- The chain of records: whatever is written once and stands in no other chain.

ALTER TABLE posted_decision ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT posted_decision_record_number UNIQUE;
ALTER TABLE later_decision ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT later_decision_record_number UNIQUE;
ALTER TABLE payee ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payee_record_number UNIQUE;
ALTER TABLE payee_confirmation ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payee_confirmation_record_number UNIQUE;
ALTER TABLE payment_batch ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_batch_record_number UNIQUE;
ALTER TABLE payment_approval ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_approval_record_number UNIQUE;
ALTER TABLE payment ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_record_number UNIQUE;
ALTER TABLE payment_event ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_event_record_number UNIQUE;
ALTER TABLE bank_file ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_file_record_number UNIQUE;
ALTER TABLE bank_file_batch ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_file_batch_record_number UNIQUE;
ALTER TABLE payment_calendar ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_calendar_record_number UNIQUE;
ALTER TABLE review_fee ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT review_fee_record_number UNIQUE;
ALTER TABLE period_close ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_close_record_number UNIQUE;
ALTER TABLE period_cut ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_cut_record_number UNIQUE;
ALTER TABLE period_head ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_head_record_number UNIQUE;
ALTER TABLE period_closed ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_closed_record_number UNIQUE;
ALTER TABLE receipt_read ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT receipt_read_record_number UNIQUE;
ALTER TABLE statement_file ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT statement_file_record_number UNIQUE;
ALTER TABLE bank_statement ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_statement_record_number UNIQUE;
ALTER TABLE bank_line ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_line_record_number UNIQUE;
ALTER TABLE line_match ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT line_match_record_number UNIQUE;
ALTER TABLE undone_match ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT undone_match_record_number UNIQUE;
ALTER TABLE credit_notice ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT credit_notice_record_number UNIQUE;
ALTER TABLE payment_recall ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_recall_record_number UNIQUE;

-- Whoever takes a number holds the shared lock until its end, so that the sealer knows whose numbers are still open.
CREATE FUNCTION hold_number_lock() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('seikyu.ledger-number'), 0);
    RETURN NULL;
END
$$;

CREATE TRIGGER posted_decision_is_numbered BEFORE INSERT ON posted_decision
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER later_decision_is_numbered BEFORE INSERT ON later_decision
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payee_is_numbered BEFORE INSERT ON payee
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payee_confirmation_is_numbered BEFORE INSERT ON payee_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_batch_is_numbered BEFORE INSERT ON payment_batch
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_approval_is_numbered BEFORE INSERT ON payment_approval
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_is_numbered BEFORE INSERT ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_event_is_numbered BEFORE INSERT ON payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_file_is_numbered BEFORE INSERT ON bank_file
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_file_batch_is_numbered BEFORE INSERT ON bank_file_batch
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_calendar_is_numbered BEFORE INSERT ON payment_calendar
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER review_fee_is_numbered BEFORE INSERT ON review_fee
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_close_is_numbered BEFORE INSERT ON period_close
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_cut_is_numbered BEFORE INSERT ON period_cut
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_head_is_numbered BEFORE INSERT ON period_head
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_closed_is_numbered BEFORE INSERT ON period_closed
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER receipt_read_is_numbered BEFORE INSERT ON receipt_read
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER statement_file_is_numbered BEFORE INSERT ON statement_file
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_statement_is_numbered BEFORE INSERT ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_line_is_numbered BEFORE INSERT ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER line_match_is_numbered BEFORE INSERT ON line_match
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER undone_match_is_numbered BEFORE INSERT ON undone_match
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER credit_notice_is_numbered BEFORE INSERT ON credit_notice
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_recall_is_numbered BEFORE INSERT ON payment_recall
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

-- Every record by its number, in the form that is sealed. The check of the ledger has a list of its own.
CREATE VIEW written_record AS
SELECT record_number AS number, array_send(ARRAY[
    'posted_decision', record_number::text, decision_id, claim_id, claim_month, encode(content_sha256, 'hex'),
    payer_numbers::text, points::text, yen::text, (extract(epoch FROM posted_at) * 1000000)::bigint::text,
    patient_yen::text, reduced_yen::text
]) AS form
FROM posted_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'later_decision', record_number::text, claim_id, number::text, decision_id, cause, cause_event_id,
    (extract(epoch FROM posted_at) * 1000000)::bigint::text
])
FROM later_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee', record_number::text, hospital_code, version::text, bank, branch, account_type, account_number,
    account_name, banks_of, is_assigned::text, proposed_by, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee_confirmation', record_number::text, hospital_code, version::text, proposed_by, confirmed_by,
    (extract(epoch FROM confirmed_at) * 1000000)::bigint::text
])
FROM payee_confirmation
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_batch', record_number::text, batch_id, period, number::text, to_char(pays_on, 'YYYYMMDD'), account_id,
    remitter_code, remitter_name, payments::text, total_yen::text, encode(content_sha256, 'hex'), proposed_by,
    traceparent, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payment_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_approval', record_number::text, batch_id, proposed_by, encode(content_sha256, 'hex'), approved_by,
    (extract(epoch FROM approved_at) * 1000000)::bigint::text
])
FROM payment_approval
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment', record_number::text, payment_id, batch_id, place::text, hospital_code, statement_id, attempt::text,
    yen::text, reference, payee_version::text, transfer_id, former_payment_id, former_event_number::text,
    former_state, former_attempt::text, reinstructs, account_id
])
FROM payment
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_event', record_number::text, payment_id, number::text, state, before_number::text, before_state, cause,
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_event
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file', record_number::text, file_id, form, encode(sha256, 'hex'), payments::text, total_yen::text,
    released_by, (extract(epoch FROM released_at) * 1000000)::bigint::text
])
FROM bank_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file_batch', record_number::text, batch_id, file_id, place::text
])
FROM bank_file_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_calendar', record_number::text, payer_number, period, version::text, to_char(closes_on, 'YYYYMMDD'),
    to_char(due_on, 'YYYYMMDD'), to_char(pays_on, 'YYYYMMDD'), mark, source, loaded_by,
    (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM payment_calendar
UNION ALL
SELECT record_number, array_send(ARRAY[
    'review_fee', record_number::text, authority, since, version::text, price_sen::text, rounding, mark, source,
    loaded_by, (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM review_fee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_close', record_number::text, period, is_early::text, opened_by, traceparent,
    (extract(epoch FROM opened_at) * 1000000)::bigint::text
])
FROM period_close
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_cut', record_number::text, period, account_id, kind, cut_version::text, cut_sequence::text,
    receipts::text, price_sen::text, fee_yen::text, to_char(closes_on, 'YYYYMMDD'), to_char(due_on, 'YYYYMMDD'),
    to_char(pays_on, 'YYYYMMDD'), (extract(epoch FROM cut_at) * 1000000)::bigint::text
])
FROM period_cut
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_head', record_number::text, period, transfers_block::text, transfers_sha256, events_block::text,
    events_sha256, files_block::text, files_sha256, (extract(epoch FROM taken_at) * 1000000)::bigint::text
])
FROM period_head
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_closed', record_number::text, period, payers::text, hospitals::text, payable_by_payers_yen::text,
    payable_to_hospitals_yen::text, (extract(epoch FROM closed_at) * 1000000)::bigint::text
])
FROM period_closed
UNION ALL
SELECT record_number, array_send(ARRAY[
    'receipt_read', record_number::text, place::text, read_id, payer_number, read_by, reader, claim_id, reason,
    given::text, (extract(epoch FROM read_at) * 1000000)::bigint::text, trace_id
])
FROM receipt_read
UNION ALL
SELECT record_number, array_send(ARRAY[
    'statement_file', record_number::text, file_id, encode(sha256, 'hex'), source, imported_by,
    (extract(epoch FROM imported_at) * 1000000)::bigint::text
])
FROM statement_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_statement', record_number::text, file_id, number::text, account, to_char(made_on, 'YYYYMMDD'),
    to_char(since, 'YYYYMMDD'), to_char(until, 'YYYYMMDD'), opening_yen::text, in_yen::text, out_yen::text,
    closing_yen::text, lines::text, new_lines::text, matched_lines::text, queued_lines::text, days_not_told::text,
    first_new::text
])
FROM bank_statement
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_line', record_number::text, line_id, account, position::text, file_id, record::text,
    to_char(booked, 'YYYYMMDD'), to_char(valued, 'YYYYMMDD'), direction, yen::text, balance_before::text,
    balance_after::text, dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi,
    encode(content_sha256, 'hex'), verdict
])
FROM bank_line
UNION ALL
SELECT record_number, array_send(ARRAY[
    'line_match', record_number::text, match_id, line_id, rule, purpose, target, statement_id, yen::text, transfer_id,
    matched_by, reason, (extract(epoch FROM matched_at) * 1000000)::bigint::text
])
FROM line_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'undone_match', record_number::text, match_id, transfer_id, undone_by, reason,
    (extract(epoch FROM undone_at) * 1000000)::bigint::text
])
FROM undone_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'credit_notice', record_number::text, notice_id, file_id, record::text, account, to_char(booked, 'YYYYMMDD'),
    yen::text, is_cancelled::text, remitter_code, remitter, edi
])
FROM credit_notice
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_recall', record_number::text, recall_id, number::text, payment_id, state, to_char(answer_by, 'YYYYMMDD'),
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_recall;

-- Seals the records of the next numbers, at most so many numbers, up to one; how many records. The caller knows that no
-- number up to there is still open.
CREATE FUNCTION seal_records(p_upto bigint, p_most bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_last sealed_block;
    v_first bigint;
    v_reached bigint;
    v_rows bigint;
    v_content bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.records'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'records' ORDER BY number DESC LIMIT 1;
    SELECT r.number INTO v_first FROM written_record AS r
    WHERE r.number > coalesce(v_last.last_number, 0) AND r.number <= p_upto ORDER BY r.number LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    v_reached := least(v_first + p_most - 1, p_upto);
    SELECT count(*), sha256(string_agg(r.form, ''::bytea ORDER BY r.number, r.form)) INTO v_rows, v_content
    FROM written_record AS r WHERE r.number BETWEEN v_first AND v_reached;
    PERFORM append_block(
        'records', coalesce(v_last.number, 0) + 1, coalesce(v_last.last_number, 0) + 1, v_reached, v_rows, v_content,
        coalesce(v_last.head_sha256, ''::bytea), p_at
    );
    RETURN v_rows;
END
$$;

REVOKE ALL ON FUNCTION seal_records FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SEQUENCE ledger_number TO %I', current_database());
    EXECUTE format('GRANT SELECT ON written_record TO %I', current_database());
    EXECUTE format('GRANT EXECUTE ON FUNCTION seal_records TO %I', current_database());
END
$$;

-- What is open, kept by the database beside the tables that only grow: what is asked every minute and at every import
-- reads this, not all that there ever was. Triggers write it, also for processes of the former release, and nobody else
-- may. A partial index cannot say it: whether a payment is open stands in the rows after its own. `ledger verify` holds
-- each of these tables against all that it is made of.

CREATE TABLE payment_in_transit (
    payment_id text COLLATE "C" CONSTRAINT payment_in_transit_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    pays_on date NOT NULL
);

COMMENT ON TABLE payment_in_transit IS 'Payments that the bank was told of and that no statement of the bank has shown.';
COMMENT ON COLUMN payment_in_transit.account IS 'The 15 digits of the platform''s account that is debited.';

CREATE TABLE waiting_line (
    line_id text COLLATE "C" CONSTRAINT waiting_line_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    booked date NOT NULL,
    open_yen bigint NOT NULL,
    CONSTRAINT waiting_line_position UNIQUE (account, position)
);

COMMENT ON TABLE waiting_line IS 'Lines of which yen are matched with nothing (the queue), and how many.';

CREATE TABLE owed_statement (
    statement_id text COLLATE "C" CONSTRAINT owed_statement_pk PRIMARY KEY,
    payer_number text COLLATE "C" NOT NULL,
    due_on date NOT NULL,
    open_yen bigint NOT NULL
);

COMMENT ON TABLE owed_statement IS 'Payers'' statements of which other yen came in than were asked.';
COMMENT ON COLUMN owed_statement.open_yen IS 'Still to come; below 0 where more came than was asked.';

CREATE TABLE bank_account_sum (
    account text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    CONSTRAINT bank_account_sum_pk PRIMARY KEY (account, what),
    CONSTRAINT bank_account_sum_known CHECK (
        what IN ('in', 'out', 'payer', 'return', 'payment', 'refund', 'own_in', 'own_out')
    )
) WITH (fillfactor = 50);

COMMENT ON TABLE bank_account_sum IS 'What an account''s lines come to by direction, and what of them is matched by purpose.';

CREATE FUNCTION follow_payment_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM payment_in_transit AS t USING (
        SELECT DISTINCT ON (payment_id) payment_id, state FROM inserted ORDER BY payment_id, number DESC
    ) AS n
    WHERE t.payment_id = n.payment_id AND n.state NOT IN ('instructed', 'accepted');
    INSERT INTO payment_in_transit (payment_id, account, yen, pays_on)
    SELECT p.payment_id, substr(b.account_id, 6), p.yen, b.pays_on
    FROM (
        SELECT DISTINCT ON (payment_id) payment_id, state FROM inserted ORDER BY payment_id, number DESC
    ) AS n
    JOIN payment AS p USING (payment_id)
    JOIN payment_batch AS b USING (batch_id)
    WHERE n.state IN ('instructed', 'accepted')
    ON CONFLICT ON CONSTRAINT payment_in_transit_pk DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER payment_event_followed AFTER INSERT ON payment_event REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_payment_events();

CREATE FUNCTION follow_bank_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    INSERT INTO waiting_line (line_id, account, position, booked, open_yen)
    SELECT line_id, account, position, booked, yen FROM inserted;
    INSERT INTO bank_account_sum AS s (account, what, yen)
    SELECT account, direction, sum(yen) FROM inserted GROUP BY account, direction ORDER BY account, direction
    ON CONFLICT ON CONSTRAINT bank_account_sum_pk DO UPDATE SET yen = s.yen + excluded.yen;
    RETURN NULL;
END
$$;

CREATE TRIGGER bank_line_followed AFTER INSERT ON bank_line REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_bank_lines();

-- Adds the yen of matches, or takes them off again (-1). Sums are stepped, never set, so that of two who match at once
-- each adds its own; a line of which more would be matched than it has refuses the second.
CREATE FUNCTION follow_matches(p_match_ids text[], p_sign integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lines text[];
BEGIN
    v_lines := array(SELECT DISTINCT line_id FROM line_match WHERE match_id = ANY (p_match_ids) ORDER BY 1);
    INSERT INTO waiting_line AS w (line_id, account, position, booked, open_yen)
    SELECT l.line_id, l.account, l.position, l.booked, -p_sign * sum(m.yen)
    FROM line_match AS m JOIN bank_line AS l USING (line_id)
    WHERE m.match_id = ANY (p_match_ids) GROUP BY l.line_id ORDER BY l.line_id
    ON CONFLICT ON CONSTRAINT waiting_line_pk DO UPDATE SET open_yen = w.open_yen + excluded.open_yen;
    IF EXISTS (SELECT FROM waiting_line WHERE line_id = ANY (v_lines) AND open_yen < 0) THEN
        RAISE EXCEPTION 'more is matched than the line has'
            USING ERRCODE = '23514', CONSTRAINT = 'line_match_within_line';
    END IF;
    DELETE FROM waiting_line WHERE line_id = ANY (v_lines) AND open_yen = 0;
    INSERT INTO owed_statement AS o (statement_id, payer_number, due_on, open_yen)
    SELECT s.statement_id, substr(s.account_id, 7), s.due_on, -p_sign * sum(m.yen)
    FROM line_match AS m JOIN statement AS s USING (statement_id)
    WHERE m.match_id = ANY (p_match_ids) AND m.purpose = 'payer' AND s.kind = 'payer' AND s.payable_yen > 0
    GROUP BY s.statement_id ORDER BY s.statement_id
    ON CONFLICT ON CONSTRAINT owed_statement_pk DO UPDATE SET open_yen = o.open_yen + excluded.open_yen;
    DELETE FROM owed_statement
    WHERE open_yen = 0
        AND statement_id IN (SELECT statement_id FROM line_match WHERE match_id = ANY (p_match_ids));
    INSERT INTO bank_account_sum AS s (account, what, yen)
    SELECT l.account, CASE m.purpose WHEN 'own' THEN 'own_' || l.direction ELSE m.purpose END AS what,
        p_sign * sum(m.yen)
    FROM line_match AS m JOIN bank_line AS l USING (line_id)
    WHERE m.match_id = ANY (p_match_ids) GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT bank_account_sum_pk DO UPDATE SET yen = s.yen + excluded.yen;
END
$$;

CREATE FUNCTION follow_new_matches() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    PERFORM follow_matches(array(SELECT match_id FROM inserted), 1);
    RETURN NULL;
END
$$;

CREATE TRIGGER line_match_followed AFTER INSERT ON line_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_new_matches();

CREATE FUNCTION follow_undone_matches() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    PERFORM follow_matches(array(SELECT match_id FROM inserted), -1);
    RETURN NULL;
END
$$;

CREATE TRIGGER undone_match_followed AFTER INSERT ON undone_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_undone_matches();

CREATE FUNCTION follow_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    INSERT INTO owed_statement (statement_id, payer_number, due_on, open_yen)
    SELECT statement_id, substr(account_id, 7), due_on, payable_yen FROM inserted
    WHERE kind = 'payer' AND payable_yen > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_followed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_statements();

-- What a line's amount may mean of what is not open: payments that were shown and may come back, statements that were
-- paid; and which lines of a day may be the ones that a notice announced.
CREATE INDEX payment_yen ON payment (yen);
CREATE INDEX statement_payers_yen ON statement (payable_yen) WHERE kind = 'payer';
CREATE INDEX bank_line_arrived ON bank_line (account, booked, yen) WHERE direction = 'in';

REVOKE ALL ON FUNCTION follow_payment_events, follow_bank_lines, follow_matches, follow_new_matches,
    follow_undone_matches, follow_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT ON payment_in_transit, waiting_line, owed_statement, bank_account_sum TO %I', current_database()
    );
END
$$;

-- Statements that a hospital's balance does not cover go into its next one (繰入), which is paid in their stead.

CREATE TABLE period_taken_up (
    statement_id text COLLATE "C" CONSTRAINT period_taken_up_pk PRIMARY KEY,
    period text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    CONSTRAINT period_taken_up_at_cut FOREIGN KEY (period, account_id) REFERENCES period_cut (period, account_id),
    CONSTRAINT period_taken_up_of_statement FOREIGN KEY (statement_id, account_id, yen)
        REFERENCES statement (statement_id, account_id, payable_yen),
    CONSTRAINT period_taken_up_of_hospital CHECK (starts_with(account_id, 'hospital:')),
    CONSTRAINT period_taken_up_yen_positive CHECK (yen > 0)
);

CREATE INDEX period_taken_up_cut ON period_taken_up (period, account_id);

COMMENT ON TABLE period_taken_up IS 'Unpaid statements that a cut took up: never paid themselves, their yen are brought into the statement of the cut.';
COMMENT ON COLUMN period_taken_up.period IS 'The month whose statement of the account is paid in their stead.';

-- Only what no payment pays is taken up, by a later statement that is not issued yet. Whoever proposes payments waits.
CREATE FUNCTION refuse_taking_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.payments'), 0);
    IF EXISTS (
        SELECT FROM inserted AS n
        CROSS JOIN LATERAL (
            SELECT e.state FROM payment AS p LEFT JOIN payment_event AS e USING (payment_id)
            WHERE p.statement_id = n.statement_id ORDER BY p.attempt DESC, e.number DESC NULLS LAST LIMIT 1
        ) AS f
        WHERE f.state IS DISTINCT FROM 'abandoned'
    ) THEN
        RAISE EXCEPTION 'a payment pays a statement that would be taken up'
            USING ERRCODE = '23514', CONSTRAINT = 'period_taken_up_unpaid';
    END IF;
    IF EXISTS (
        SELECT FROM inserted AS n
        JOIN statement AS s
            ON s.account_id = n.account_id
            AND (s.period = n.period OR (s.statement_id = n.statement_id AND s.period > n.period))
    ) THEN
        RAISE EXCEPTION 'a statement is taken up by a later one, before that is issued'
            USING ERRCODE = '23514', CONSTRAINT = 'period_taken_up_by_a_later';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER period_taken_up_is_right AFTER INSERT ON period_taken_up REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_taking_up();

CREATE FUNCTION refuse_paying_taken_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.payments'), 0);
    IF EXISTS (SELECT FROM inserted AS n JOIN period_taken_up AS t USING (statement_id)) THEN
        RAISE EXCEPTION 'a statement that was taken up is not paid'
            USING ERRCODE = '23514', CONSTRAINT = 'payment_of_statement_not_taken_up';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER payment_not_of_taken_up AFTER INSERT ON payment REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_paying_taken_up();

CREATE TRIGGER period_taken_up_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_taken_up
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON period_taken_up TO %I', current_database());
END
$$;

REVOKE ALL ON FUNCTION lock_ledger, hold_again FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION lock_ledger, hold_again TO %I', current_database());
END
$$;

CREATE INDEX line_match_own ON line_match (line_id) WHERE purpose = 'own';

CREATE TABLE payment_unsettled (
    payment_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    state text COLLATE "C" NOT NULL,
    match_id text COLLATE "C" NOT NULL CONSTRAINT payment_unsettled_match REFERENCES undone_match,
    matched_by text COLLATE "C" NOT NULL,
    undone_by text COLLATE "C" NOT NULL,
    former_transfer_id text COLLATE "C" NOT NULL CONSTRAINT payment_unsettled_former REFERENCES pending_transfer,
    transfer_id text COLLATE "C" NOT NULL CONSTRAINT payment_unsettled_transfer REFERENCES pending_transfer,
    CONSTRAINT payment_unsettled_pk PRIMARY KEY (payment_id, number),
    CONSTRAINT payment_unsettled_transfer_once UNIQUE (transfer_id),
    CONSTRAINT payment_unsettled_former_once UNIQUE (former_transfer_id),
    CONSTRAINT payment_unsettled_step FOREIGN KEY (payment_id, number, state)
        REFERENCES payment_event (payment_id, number, state),
    CONSTRAINT payment_unsettled_state CHECK (state IN ('instructed', 'accepted', 'settled')),
    CONSTRAINT payment_unsettled_by_another CHECK (undone_by <> matched_by)
);

COMMENT ON TABLE payment_unsettled IS 'Payments that a bank''s line was matched with wrongly: their step back, and the transfer that holds or has moved their yen from then on.';

CREATE TRIGGER payment_unsettled_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_unsettled
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW payment_transfer AS
SELECT p.payment_id, coalesce(u.transfer_id, p.transfer_id) AS transfer_id
FROM payment AS p
LEFT JOIN LATERAL (
    SELECT v.transfer_id FROM payment_unsettled AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS u ON true;

COMMENT ON VIEW payment_transfer IS 'The transfer that the ledger has a payment by now.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON payment_unsettled TO %I', current_database());
    EXECUTE format('GRANT SELECT ON payment_transfer TO %I', current_database());
END
$$;

ALTER TABLE statement_file
    ADD COLUMN kept_sha256 bytea,
    DROP CONSTRAINT statement_file_is_its_digest,
    ADD CONSTRAINT statement_file_is_its_digest CHECK (coalesce(kept_sha256, sha256) = sha256(content));

COMMENT ON COLUMN statement_file.content IS 'As the bank sent it, but for headers of ZEDI files, which may hold a password: these are blanked.';
COMMENT ON COLUMN statement_file.kept_sha256 IS 'Of the content where headers of it were blanked; else none, and it is what was sent.';

CREATE TABLE payment_result (
    event_id text COLLATE "C" CONSTRAINT payment_result_pk PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT payment_result_once UNIQUE,
    content bytea NOT NULL,
    kept_sha256 bytea NOT NULL,
    file_id text COLLATE "C" NOT NULL CONSTRAINT payment_result_of_file REFERENCES bank_file,
    taken_by text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT payment_result_is_its_digest CHECK (kept_sha256 = sha256(content)),
    CONSTRAINT payment_result_digest_length CHECK (octet_length(sha256) = 32)
);

COMMENT ON TABLE payment_result IS 'What a bank said of a file (受付結果): the cause of the steps and of the ledger''s resolutions that it led to.';
COMMENT ON COLUMN payment_result.sha256 IS 'Of what came. The headers of what is kept are blanked.';

CREATE TRIGGER payment_result_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON payment_result TO %I', current_database());
END
$$;

ALTER TABLE payment_unsettled ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_unsettled_record_number UNIQUE;

CREATE TRIGGER payment_unsettled_is_numbered BEFORE INSERT ON payment_unsettled
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

ALTER TABLE payment_result ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_result_record_number UNIQUE;

CREATE TRIGGER payment_result_is_numbered BEFORE INSERT ON payment_result
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

CREATE OR REPLACE VIEW written_record AS
SELECT record_number AS number, array_send(ARRAY[
    'posted_decision', record_number::text, decision_id, claim_id, claim_month, encode(content_sha256, 'hex'),
    payer_numbers::text, points::text, yen::text, (extract(epoch FROM posted_at) * 1000000)::bigint::text,
    patient_yen::text, reduced_yen::text
]) AS form
FROM posted_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'later_decision', record_number::text, claim_id, number::text, decision_id, cause, cause_event_id,
    (extract(epoch FROM posted_at) * 1000000)::bigint::text
])
FROM later_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee', record_number::text, hospital_code, version::text, bank, branch, account_type, account_number,
    account_name, banks_of, is_assigned::text, proposed_by, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee_confirmation', record_number::text, hospital_code, version::text, proposed_by, confirmed_by,
    (extract(epoch FROM confirmed_at) * 1000000)::bigint::text
])
FROM payee_confirmation
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_batch', record_number::text, batch_id, period, number::text, to_char(pays_on, 'YYYYMMDD'), account_id,
    remitter_code, remitter_name, payments::text, total_yen::text, encode(content_sha256, 'hex'), proposed_by,
    traceparent, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payment_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_approval', record_number::text, batch_id, proposed_by, encode(content_sha256, 'hex'), approved_by,
    (extract(epoch FROM approved_at) * 1000000)::bigint::text
])
FROM payment_approval
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment', record_number::text, payment_id, batch_id, place::text, hospital_code, statement_id, attempt::text,
    yen::text, reference, payee_version::text, transfer_id, former_payment_id, former_event_number::text,
    former_state, former_attempt::text, reinstructs, account_id
])
FROM payment
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_event', record_number::text, payment_id, number::text, state, before_number::text, before_state, cause,
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_event
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file', record_number::text, file_id, form, encode(sha256, 'hex'), payments::text, total_yen::text,
    released_by, (extract(epoch FROM released_at) * 1000000)::bigint::text
])
FROM bank_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file_batch', record_number::text, batch_id, file_id, place::text
])
FROM bank_file_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_calendar', record_number::text, payer_number, period, version::text, to_char(closes_on, 'YYYYMMDD'),
    to_char(due_on, 'YYYYMMDD'), to_char(pays_on, 'YYYYMMDD'), mark, source, loaded_by,
    (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM payment_calendar
UNION ALL
SELECT record_number, array_send(ARRAY[
    'review_fee', record_number::text, authority, since, version::text, price_sen::text, rounding, mark, source,
    loaded_by, (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM review_fee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_close', record_number::text, period, is_early::text, opened_by, traceparent,
    (extract(epoch FROM opened_at) * 1000000)::bigint::text
])
FROM period_close
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_cut', record_number::text, period, account_id, kind, cut_version::text, cut_sequence::text,
    receipts::text, price_sen::text, fee_yen::text, to_char(closes_on, 'YYYYMMDD'), to_char(due_on, 'YYYYMMDD'),
    to_char(pays_on, 'YYYYMMDD'), (extract(epoch FROM cut_at) * 1000000)::bigint::text
])
FROM period_cut
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_head', record_number::text, period, transfers_block::text, transfers_sha256, events_block::text,
    events_sha256, files_block::text, files_sha256, (extract(epoch FROM taken_at) * 1000000)::bigint::text
])
FROM period_head
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_closed', record_number::text, period, payers::text, hospitals::text, payable_by_payers_yen::text,
    payable_to_hospitals_yen::text, (extract(epoch FROM closed_at) * 1000000)::bigint::text
])
FROM period_closed
UNION ALL
SELECT record_number, array_send(ARRAY[
    'receipt_read', record_number::text, place::text, read_id, payer_number, read_by, reader, claim_id, reason,
    given::text, (extract(epoch FROM read_at) * 1000000)::bigint::text, trace_id
])
FROM receipt_read
UNION ALL
SELECT record_number, array_send(ARRAY[
    'statement_file', record_number::text, file_id, encode(sha256, 'hex'), source, imported_by,
    (extract(epoch FROM imported_at) * 1000000)::bigint::text
] || CASE WHEN kept_sha256 IS NOT NULL THEN ARRAY[encode(kept_sha256, 'hex')] END)
FROM statement_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_statement', record_number::text, file_id, number::text, account, to_char(made_on, 'YYYYMMDD'),
    to_char(since, 'YYYYMMDD'), to_char(until, 'YYYYMMDD'), opening_yen::text, in_yen::text, out_yen::text,
    closing_yen::text, lines::text, new_lines::text, matched_lines::text, queued_lines::text, days_not_told::text,
    first_new::text
])
FROM bank_statement
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_line', record_number::text, line_id, account, position::text, file_id, record::text,
    to_char(booked, 'YYYYMMDD'), to_char(valued, 'YYYYMMDD'), direction, yen::text, balance_before::text,
    balance_after::text, dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi,
    encode(content_sha256, 'hex'), verdict
])
FROM bank_line
UNION ALL
SELECT record_number, array_send(ARRAY[
    'line_match', record_number::text, match_id, line_id, rule, purpose, target, statement_id, yen::text, transfer_id,
    matched_by, reason, (extract(epoch FROM matched_at) * 1000000)::bigint::text
])
FROM line_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'undone_match', record_number::text, match_id, transfer_id, undone_by, reason,
    (extract(epoch FROM undone_at) * 1000000)::bigint::text
])
FROM undone_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'credit_notice', record_number::text, notice_id, file_id, record::text, account, to_char(booked, 'YYYYMMDD'),
    yen::text, is_cancelled::text, remitter_code, remitter, edi
])
FROM credit_notice
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_recall', record_number::text, recall_id, number::text, payment_id, state, to_char(answer_by, 'YYYYMMDD'),
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_recall
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_unsettled', record_number::text, payment_id, number::text, state, match_id, matched_by, undone_by,
    former_transfer_id, transfer_id
])
FROM payment_unsettled
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_result', record_number::text, event_id, encode(sha256, 'hex'), encode(kept_sha256, 'hex'), file_id,
    taken_by, (extract(epoch FROM taken_at) * 1000000)::bigint::text
])
FROM payment_result;

CREATE TABLE statement_claims (
    statement_id text COLLATE "C" CONSTRAINT statement_claims_pk PRIMARY KEY,
    payer_numbers text[] COLLATE "C" NOT NULL,
    claims bigint NOT NULL
);

COMMENT ON TABLE statement_claims IS 'Of hospitals'' statements: the payers whose claims a payment of each pays, in order, and the number of claims.';

CREATE TRIGGER statement_claims_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_claims
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Walks the entries that these statements hold, and those that they took up and are paid in their stead. Whatever the
-- database knows of the tables' sizes, each transfer is looked up by its key.
CREATE FUNCTION claims_of_statements(p_statement_ids text[])
RETURNS TABLE (statement_id text, payer_numbers text[], claim_ids text[])
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET jit = off AS $$
    WITH RECURSIVE paid (root, statement_id) AS (
        SELECT u.id COLLATE "C", u.id COLLATE "C" FROM unnest(p_statement_ids) AS u (id)
        UNION ALL
        SELECT p.root, t.statement_id
        FROM paid AS p
        JOIN statement AS s ON s.statement_id = p.statement_id
        JOIN period_taken_up AS t ON t.period = s.period AND t.account_id = s.account_id
    )
    SELECT p.root,
        coalesce(array_agg(DISTINCT h.payer_number ORDER BY h.payer_number) FILTER (WHERE h.payer_number <> ''), '{}'),
        coalesce(array_agg(DISTINCT h.claim_id ORDER BY h.claim_id) FILTER (WHERE h.claim_id IS NOT NULL), '{}')
    FROM paid AS p
    JOIN statement AS s ON s.statement_id = p.statement_id
    LEFT JOIN LATERAL (
        SELECT period, cut_version, open_version FROM statement
        WHERE account_id = s.account_id AND period < s.period ORDER BY period DESC LIMIT 1
    ) AS f ON true
    LEFT JOIN LATERAL (
        SELECT t.payer_number, t.claim_id FROM entry AS e JOIN transfer AS t ON t.transfer_id = e.transfer_id
        WHERE e.account_id = s.account_id AND e.version BETWEEN coalesce(f.open_version, 1) AND s.cut_version
            AND t.claim_month <= s.period
            AND (f.period IS NULL OR e.version > f.cut_version OR t.claim_month > f.period)
    ) AS h ON true
    GROUP BY p.root
$$;

CREATE FUNCTION count_claims_of_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO statement_claims (statement_id, payer_numbers, claims)
    SELECT c.statement_id, c.payer_numbers, cardinality(c.claim_ids)
    FROM claims_of_statements(array(SELECT statement_id FROM inserted WHERE kind = 'hospital')) AS c;
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_claims_followed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION count_claims_of_statements();

REVOKE ALL ON FUNCTION claims_of_statements, count_claims_of_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON statement_claims TO %I', current_database());
    EXECUTE format('GRANT EXECUTE ON FUNCTION claims_of_statements TO %I', current_database());
END
$$;
