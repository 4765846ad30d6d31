-- The platform's own money has an account of its own, which may fall below zero: a bank's charges are paid from it and
-- never from what came in for others. What stands is left where it stands. A debit that was matched with the wrong payment
-- is taken back: the payment is again what it was before, its transfer reversed and its yen held anew. Accounts can be
-- locked before they are written to.

ALTER TABLE account
    DROP CONSTRAINT account_kind_known,
    ADD CONSTRAINT account_kind_known CHECK (kind IN ('payer', 'hospital', 'fee', 'suspense', 'own', 'bank'));

ALTER TABLE transfer
    DROP CONSTRAINT transfer_kind_known,
    ADD CONSTRAINT transfer_kind_known CHECK (
        kind IN ('claim', 'reversal', 'fee', 'incoming', 'allocation', 'payment', 'opening', 'refund', 'charge')
    ),
    DROP CONSTRAINT transfer_goes_as_its_kind,
    ADD CONSTRAINT transfer_goes_as_its_kind CHECK (
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
    );

ALTER TABLE payment_event
    DROP CONSTRAINT payment_event_follows,
    ADD CONSTRAINT payment_event_follows CHECK (
        CASE WHEN number = 1 THEN before_state IS NULL AND state = 'proposed'
        ELSE before_state IS NOT NULL AND (before_state || ' ' || state) IN (
            'proposed instructed', 'proposed abandoned',
            'instructed accepted', 'instructed refused', 'instructed settled', 'instructed abandoned',
            'accepted refused', 'accepted settled', 'accepted abandoned',
            'refused reinstructed', 'refused abandoned',
            'settled returned', 'settled instructed', 'settled accepted',
            'returned reinstructed', 'returned abandoned'
        ) END
    );

-- Posts transfers that are no claim's. What stands with the same content is left. Otherwise nothing is written where
-- one stands with other content ('contradictory', its id and field; field 'pending' where it stands as a pending one),
-- or where an account would pass its limit ('limit', the account).
CREATE OR REPLACE FUNCTION post_orders(
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
CREATE OR REPLACE FUNCTION hold_orders(
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
    CONSTRAINT payment_unsettled_state CHECK (state IN ('instructed', 'accepted')),
    CONSTRAINT payment_unsettled_by_another CHECK (undone_by <> matched_by)
);

COMMENT ON TABLE payment_unsettled IS 'Payments that a debit was matched with wrongly: their step back, and the transfer that holds their yen from then on.';

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
