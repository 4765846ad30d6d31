-- A batch that a wrong clock would post ahead of the database's own is refused: its accounts would stand there, and with
-- them, within minutes, every account that moves money with one of them, for ever.

-- How far ahead of the database's clock may be posted: five minutes, or what the database is set to where a whole time
-- that is not its own is lived through in it, as in tests.
CREATE FUNCTION most_ahead() RETURNS interval
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('seikyu.most_ahead', true), ''), '5 minutes')::interval
$$;

-- As before; a moment that is further ahead is tried again until the clock is right.
CREATE OR REPLACE FUNCTION append_transfers(
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
