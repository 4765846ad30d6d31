-- Transfers are posted no earlier than what stands on their accounts, whatever the clocks of processes say: an account's
-- entries are in the order of time, and where it stood at a moment is found by halving.

-- In the order of those who post claims: nobody is between taking a number and its commit while the rule changes.
LOCK TABLE posted_decision, later_decision, account;

ALTER TABLE account ADD COLUMN last_posted_at timestamptz;

COMMENT ON COLUMN account.last_posted_at IS 'When the latest of its entries was posted; the next is not posted before. None without an entry.';

UPDATE account AS a SET last_posted_at = p.posted_at
FROM (
    SELECT l.account_id, max(t.posted_at) AS posted_at
    FROM transfer AS t CROSS JOIN LATERAL (VALUES (t.from_account), (t.to_account)) AS l (account_id)
    GROUP BY l.account_id
) AS p
WHERE a.account_id = p.account_id;

-- As before; the whole batch is posted at the given moment, or at the latest of its accounts' where that is later.
CREATE OR REPLACE FUNCTION append_transfers(
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

-- As before; what is posted is resolved when it is posted.
CREATE OR REPLACE FUNCTION resolve_orders(
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
