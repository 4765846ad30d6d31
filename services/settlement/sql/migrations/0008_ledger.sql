-- The ledger of all money: fees, suspense and bank accounts, pending transfers, limits, notices to payers, sealed blocks.

CREATE SEQUENCE ledger_number;

COMMENT ON SEQUENCE ledger_number IS 'Numbers whatever is written about transfers, in one row, so that it can be sealed in blocks.';

ALTER TABLE account
    ADD COLUMN pending_in_yen bigint NOT NULL DEFAULT 0,
    ADD COLUMN pending_out_yen bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT account_kind_known,
    ADD CONSTRAINT account_kind_known CHECK (kind IN ('payer', 'hospital', 'fee', 'suspense', 'bank')),
    ADD CONSTRAINT account_pending_not_negative CHECK (pending_in_yen >= 0 AND pending_out_yen >= 0),
    ADD CONSTRAINT account_within_limits CHECK (
        CASE kind
            WHEN 'bank' THEN balance_yen + pending_in_yen <= 0
            WHEN 'suspense' THEN balance_yen - pending_out_yen >= 0
            WHEN 'fee' THEN balance_yen - pending_out_yen >= 0
            ELSE true
        END
    );

COMMENT ON COLUMN account.pending_in_yen IS 'What pending transfers would bring; not in the balance.';
COMMENT ON COLUMN account.pending_out_yen IS 'What pending transfers would take; not in the balance.';

ALTER TABLE transfer
    ADD COLUMN number bigint NOT NULL DEFAULT nextval('ledger_number'),
    ALTER COLUMN claim_id DROP NOT NULL,
    ALTER COLUMN decision_id DROP NOT NULL,
    DROP CONSTRAINT transfer_kind_known,
    ADD CONSTRAINT transfer_kind_known CHECK (
        kind IN ('claim', 'reversal', 'fee', 'incoming', 'allocation', 'payment', 'opening', 'refund')
    ),
    DROP CONSTRAINT transfer_points_go_with_yen,
    ADD CONSTRAINT transfer_points_go_with_yen CHECK (
        CASE kind WHEN 'claim' THEN points >= 0 WHEN 'reversal' THEN points <= 0 ELSE points = 0 END
    ),
    ADD CONSTRAINT transfer_claim_named CHECK (
        (claim_id IS NULL) = (decision_id IS NULL)
        AND CASE kind WHEN 'claim' THEN claim_id IS NOT NULL WHEN 'reversal' THEN true ELSE claim_id IS NULL END
    ),
    ADD CONSTRAINT transfer_goes_as_its_kind CHECK (
        CASE kind
            WHEN 'claim' THEN starts_with(from_account, 'payer:') AND starts_with(to_account, 'hospital:')
            WHEN 'fee' THEN starts_with(from_account, 'payer:') AND starts_with(to_account, 'fee:')
            WHEN 'incoming' THEN starts_with(from_account, 'bank:')
                AND (starts_with(to_account, 'payer:') OR starts_with(to_account, 'suspense:'))
            WHEN 'allocation' THEN starts_with(from_account, 'suspense:') AND starts_with(to_account, 'payer:')
            WHEN 'payment' THEN starts_with(from_account, 'hospital:') AND starts_with(to_account, 'bank:')
            WHEN 'opening' THEN starts_with(from_account, 'bank:') AND starts_with(to_account, 'suspense:')
            WHEN 'refund' THEN starts_with(to_account, 'bank:')
                AND (starts_with(from_account, 'payer:') OR starts_with(from_account, 'suspense:'))
            ELSE true
        END
    );

CREATE UNIQUE INDEX transfer_number ON transfer (number);

COMMENT ON COLUMN transfer.number IS 'Its place among all that is sealed; a number that was never committed is missing.';
COMMENT ON COLUMN transfer.reverses IS 'The transfer that this one takes back as a whole: the other way, with negative points.';
COMMENT ON COLUMN transfer.claim_month IS 'YYYYMM: the claim month, or the period of a transfer without a claim.';

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

ALTER TABLE announced_event
    ADD COLUMN type text NOT NULL DEFAULT 'jp.seikyu.settlement.claim_settled.v1',
    ADD CONSTRAINT announced_event_notice_moves_nothing CHECK (
        type = 'jp.seikyu.settlement.claim_settled.v1'
        OR (points = 0 AND yen = 0 AND reverses IS NULL AND decision_id = '')
    );

COMMENT ON COLUMN announced_event.type IS 'The ce_type. Others than ClaimSettled are notices: they move nothing.';
COMMENT ON COLUMN announced_event.claim_id IS 'What the event is about, its key and ce_subject: the claim; of a notice the statement, batch or period.';

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
    CONSTRAINT sealed_block_chain_known CHECK (chain IN ('transfers', 'events', 'files')),
    CONSTRAINT sealed_block_not_empty CHECK (row_count > 0 AND last_number >= first_number AND number > 0)
);

COMMENT ON TABLE sealed_block IS 'Blocks of rows that only grow, each with the digest of its rows and of the block before it.';
COMMENT ON COLUMN sealed_block.first_number IS 'Of transfers: the ledger numbers it covers. Of events and files: its place among what was sealed before.';

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

-- Writes transfers that are not among the standing ones with their entries, and steps their accounts once each. The
-- caller has locked the accounts and asked everything that may refuse.
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
    ), placed AS MATERIALIZED (
        SELECT l.id, l.account_id, l.amount,
            a.balance_yen + (sum(l.amount) OVER w)::bigint AS balance_after, a.version + (row_number() OVER w) AS version
        FROM legs AS l
        JOIN (SELECT * FROM account WHERE account_id = ANY (p_accounts)) AS a USING (account_id)
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
            f.cause, f.trace, f.content, f.month, f.payer, f.points, p_posted_at, f.reverses
        FROM fresh AS f JOIN versions AS v USING (id)
    ), new_entries AS (
        INSERT INTO entry (account_id, version, transfer_id, amount_yen, balance_before, balance_after)
        SELECT account_id, version, id, amount, balance_after - amount, balance_after
        FROM placed
    ), new_balances AS (
        UPDATE account AS a
        SET balance_yen = a.balance_yen + d.amount, version = a.version + d.entries
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
CREATE OR REPLACE FUNCTION post_settled(
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
    INSERT INTO pending_resolution (transfer_id, outcome, cause_event_id, resolved_at)
    SELECT u.id, p_outcome, p_cause, p_at FROM unnest(v_open) WITH ORDINALITY AS u (id, place) ORDER BY u.place;
    PERFORM step_pending(v_accounts, v_open, '{}', -1);
    IF p_outcome = 'posted' THEN
        v_none := array_fill(NULL::text, ARRAY[cardinality(v_open)]);
        PERFORM append_transfers(
            v_accounts, '{}', g.ids, g.from_accounts, g.to_accounts, g.amounts, g.kinds, v_none, v_none, g.causes,
            g.traces, g.contents, g.months, g.payers, array_fill(0::bigint, ARRAY[cardinality(v_open)]), v_none, p_at
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
CREATE OR REPLACE FUNCTION announce_settled(
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
