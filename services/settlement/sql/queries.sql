-- name: accounts_after
-- A page of the accounts after one, in order.
SELECT account_id, kind, balance_yen, version, pending_in_yen, pending_out_yen FROM account
WHERE account_id > $1 ORDER BY account_id LIMIT $2;

-- name: ledger_sums
-- The sum of all balances, and how many transfers and entries there are by the accounts' versions, which have no gap.
SELECT coalesce(sum(balance_yen), 0)::bigint AS sum_yen, (coalesce(sum(version), 0) / 2)::bigint AS transfers,
    coalesce(sum(version), 0)::bigint AS entries
FROM account;

-- name: posted_among
-- Which of the given decisions are posted, with the digest of their content.
SELECT decision_id, content_sha256 FROM posted_decision WHERE decision_id = ANY($1::text[]);

-- name: lock_payer_streams
-- Lock the streams of payers in order and learn their next sequence and whether they are published.
SELECT payer_number, next_sequence, enrolled FROM lock_payer_streams($1::text[]);

-- name: record_settled
-- Remember decisions with their parts, and what of the receipt is no payer's.
SELECT record_settled(
    $1::text[], $2::text[], $3::text[], $4::bytea[], $5::integer[], $6::text[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::timestamptz
);

-- name: latest_among
-- The latest decision of each of these claims that has more than its first.
SELECT DISTINCT ON (claim_id) claim_id, number, decision_id, cause, cause_event_id
FROM later_decision WHERE claim_id = ANY($1::text[]) ORDER BY claim_id, number DESC;

-- name: parts_of
-- The payers that these decisions gave a part to, by decision and payer.
SELECT posted.decision_id, part.payer_number
FROM posted_decision AS posted CROSS JOIN unnest(posted.payer_numbers) AS part (payer_number)
WHERE posted.decision_id = ANY($1::text[]) ORDER BY posted.decision_id, part.payer_number;

-- name: announced_among
-- Which of these events were announced, with their bytes.
SELECT event_id, value FROM announced_event WHERE event_id = ANY($1::text[]);

-- name: record_later_decisions
-- Remember decisions that replaced earlier ones.
SELECT record_later_decisions($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz);

-- name: post_transfers
-- Post a batch of transfers; the number of those that are new.
SELECT post_settled(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
    $10::text[], $11::text[], $12::bigint[], $13::text[], $14::timestamptz
);

-- name: post_orders
-- Post transfers that are no claim's; how many are new, or what refuses them all.
SELECT * FROM post_orders(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[],
    $10::text[], $11::text[], $12::timestamptz
);

-- name: hold_orders
-- Keep transfers as pending; how many are new, or what refuses them all.
SELECT * FROM hold_orders(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[],
    $10::text[], $11::timestamptz
);

-- name: lock_ledger
-- Lock accounts, all at once and in order.
SELECT lock_ledger($1::text[]);

-- name: hold_again
-- Hold transfers in the place of pending ones that were posted and reversed.
SELECT * FROM hold_again($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz);

-- name: resolve_orders
-- Post or void pending transfers; how many were open, or what refuses them all.
SELECT * FROM resolve_orders($1::text[], $2, $3, $4::timestamptz);

-- name: balances_of
-- Accounts with what is pending on them.
SELECT account_id, balance_yen, version, pending_in_yen, pending_out_yen FROM account
WHERE account_id = ANY($1::text[]);

-- name: announce_notices
-- Append notices to the payers' streams.
SELECT announce_notices(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::timestamptz
);

-- name: chain_heads
-- The last block of each chain.
SELECT DISTINCT ON (chain) chain, number, head_sha256 FROM sealed_block ORDER BY chain, number DESC;

-- name: seal_file
-- Seal a file; none, or the field in which it differs from the one that is sealed under its id.
SELECT seal_file($1, $2, $3, $4, now());

-- name: announce_events
-- Append events to the payers' streams.
SELECT announce_settled(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::bigint[], $9::bigint[],
    $10::text[], $11::text[], $12::timestamptz
);

-- name: pending_events
-- Events after the cursors of enrolled payers, by payer and sequence.
SELECT s.payer_number, e.sequence, e.event_id, e.type, e.claim_id, e.value, e.traceparent, e.created_at
FROM payer_stream AS s
CROSS JOIN LATERAL (
    SELECT * FROM announced_event AS a
    WHERE a.payer_number = s.payer_number AND a.sequence > s.published_sequence
    ORDER BY a.sequence LIMIT $1
) AS e
WHERE s.enrolled_at IS NOT NULL AND s.published_sequence < s.next_sequence - 1
ORDER BY s.payer_number, e.sequence
LIMIT $1;

-- name: mark_published
-- Advance the cursors of streams.
SELECT mark_published($1::text[], $2::bigint[]);

-- name: restart_streams
-- Start all cursors anew that tell of another cluster; the topics of all enrolled payers were made there.
SELECT restart_streams($1);

-- name: enrol_payer
-- Let a payer's stream be published.
SELECT enrol_payer($1, $2, $3);

-- name: lock_enrolment
-- One enrolment of a payer at a time, until the transaction ends: broker and database tell of the same one.
SELECT pg_advisory_xact_lock(hashtext('seikyu.enrolment'), hashtext($1));

-- name: enrolment_of
-- The request that gave the payer its present password.
SELECT enrolment_request_id FROM payer_stream WHERE payer_number = $1;

-- name: read_payer
-- A payer's stream.
SELECT enrolled_at IS NOT NULL AS enrolled, next_sequence - 1 AS last_sequence, published_sequence
FROM payer_stream WHERE payer_number = $1;

-- name: read_account
-- One account.
SELECT account_id, kind, balance_yen, version, pending_in_yen, pending_out_yen FROM account WHERE account_id = $1;

-- name: read_account_as_of
-- One account after its last entry that was posted until a moment, found by halving; none before its first.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, a.version + 1 FROM account AS a WHERE a.account_id = $1
    UNION ALL
    SELECT CASE WHEN t.posted_at <= $2 THEN m.middle ELSE s.low END,
        CASE WHEN t.posted_at <= $2 THEN s.high ELSE m.middle END
    FROM search AS s
    CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS middle) AS m
    JOIN entry AS e ON e.account_id = $1 AND e.version = m.middle
    JOIN transfer AS t USING (transfer_id)
    WHERE s.high - s.low > 1
)
SELECT e.account_id, split_part(e.account_id, ':', 1) AS kind, e.balance_after AS balance_yen, e.version,
    0::bigint AS pending_in_yen, 0::bigint AS pending_out_yen
FROM search AS s JOIN entry AS e ON e.account_id = $1 AND e.version = s.low
WHERE s.high - s.low = 1;

-- name: list_accounts
-- All accounts in order.
SELECT account_id, kind, balance_yen, version, pending_in_yen, pending_out_yen, last_posted_at FROM account
ORDER BY account_id;

-- name: count_postings
-- How many transfers and entries there are.
SELECT (SELECT count(*) FROM transfer) AS transfers, (SELECT count(*) FROM entry) AS entries;

-- name: entries_of_account
-- A page of an account's entries after a version.
SELECT e.*, t.claim_id, t.cause_event_id, t.trace_id, t.posted_at, t.reverses, t.kind, t.claim_month AS period,
    CASE e.account_id WHEN t.from_account THEN t.to_account ELSE t.from_account END AS other_account
FROM entry AS e JOIN transfer AS t USING (transfer_id)
WHERE e.account_id = $1 AND e.version > $2 ORDER BY e.version LIMIT $3;

-- name: entries_of_claim
-- A page of a claim's entries after an account and version, of one account only where it is given.
SELECT e.*, t.claim_id, t.cause_event_id, t.trace_id, t.posted_at, t.reverses, t.kind, t.claim_month AS period,
    CASE e.account_id WHEN t.from_account THEN t.to_account ELSE t.from_account END AS other_account
FROM transfer AS t
CROSS JOIN LATERAL (VALUES (t.from_account, t.from_version), (t.to_account, t.to_version)) AS leg (account_id, version)
JOIN entry AS e ON e.account_id = leg.account_id AND e.version = leg.version
WHERE t.claim_id = $1 AND (e.account_id, e.version) > ($2::text, $3::bigint)
    AND ($5::text = '' OR e.account_id = $5)
ORDER BY e.account_id, e.version LIMIT $4;

-- name: entries_of_trace
-- A page of a trace's entries after an account and version, of one account only where it is given.
SELECT e.*, t.claim_id, t.cause_event_id, t.trace_id, t.posted_at, t.reverses, t.kind, t.claim_month AS period,
    CASE e.account_id WHEN t.from_account THEN t.to_account ELSE t.from_account END AS other_account
FROM transfer AS t
CROSS JOIN LATERAL (VALUES (t.from_account, t.from_version), (t.to_account, t.to_version)) AS leg (account_id, version)
JOIN entry AS e ON e.account_id = leg.account_id AND e.version = leg.version
WHERE t.trace_id = $1 AND (e.account_id, e.version) > ($2::text, $3::bigint)
    AND ($5::text = '' OR e.account_id = $5)
ORDER BY e.account_id, e.version LIMIT $4;

-- name: lock_control_totals
-- One who adds up at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.control-totals'), 0);

-- name: fold_control_totals
-- Add up each payer's entries and events since the last look, in one snapshot; how many of the busiest payer.
-- An event over 0 yen has no transfer and stands for its part as posted. What was reversed is added up beside. Notices
-- and transfers of no claim are passed over.
WITH event AS (
    SELECT s.payer_number, e.sequence, e.claim_month, e.points, e.yen, e.reverses IS NOT NULL AS reversed,
        e.type = 'jp.seikyu.settlement.claim_settled.v1' AS of_claim
    FROM payer_stream AS s
    LEFT JOIN control_fold AS f USING (payer_number)
    CROSS JOIN LATERAL (
        SELECT a.sequence, a.type, a.claim_month, a.points, a.yen, a.reverses FROM announced_event AS a
        WHERE a.payer_number = s.payer_number AND a.sequence > coalesce(f.event_sequence, 0)
        ORDER BY a.sequence LIMIT $1
    ) AS e
    WHERE s.next_sequence - 1 > coalesce(f.event_sequence, 0)
), posting AS (
    SELECT p.payer_number, e.version, e.claim_month, e.points, e.yen, e.reversed, e.of_claim
    FROM account AS a
    CROSS JOIN LATERAL (SELECT substr(a.account_id, 7) AS payer_number) AS p
    LEFT JOIN control_fold AS f ON f.payer_number = p.payer_number
    CROSS JOIN LATERAL (
        SELECT n.version, t.claim_month, t.points, -n.amount_yen AS yen, t.reverses IS NOT NULL AS reversed,
            t.claim_id IS NOT NULL AS of_claim
        FROM entry AS n JOIN transfer AS t USING (transfer_id)
        WHERE n.account_id = a.account_id AND n.version > coalesce(f.entry_version, 0)
        ORDER BY n.version LIMIT $1
    ) AS e
    WHERE a.kind = 'payer' AND a.version > coalesce(f.entry_version, 0)
), part AS (
    SELECT payer_number, claim_month, reversed, 1 AS posted, points AS posted_points, yen AS posted_yen,
        0 AS announced, 0 AS points, 0 AS yen
    FROM posting WHERE of_claim
    UNION ALL
    SELECT payer_number, claim_month, reversed, (yen = 0)::integer, CASE WHEN yen = 0 THEN points ELSE 0 END, 0, 1,
        points, yen
    FROM event WHERE of_claim
), summed AS (
    INSERT INTO control_total AS kept (
        payer_number, claim_month, posted_parts, posted_points, posted_yen, announced_events, announced_points,
        announced_yen, reversed_parts, reversed_points, reversed_yen, announced_reversals, announced_reversed_points,
        announced_reversed_yen
    )
    SELECT payer_number, claim_month,
        coalesce(sum(posted) FILTER (WHERE NOT reversed), 0), coalesce(sum(posted_points) FILTER (WHERE NOT reversed), 0),
        coalesce(sum(posted_yen) FILTER (WHERE NOT reversed), 0), coalesce(sum(announced) FILTER (WHERE NOT reversed), 0),
        coalesce(sum(points) FILTER (WHERE NOT reversed), 0), coalesce(sum(yen) FILTER (WHERE NOT reversed), 0),
        coalesce(sum(posted) FILTER (WHERE reversed), 0), coalesce(-sum(posted_points) FILTER (WHERE reversed), 0),
        coalesce(-sum(posted_yen) FILTER (WHERE reversed), 0), coalesce(sum(announced) FILTER (WHERE reversed), 0),
        coalesce(-sum(points) FILTER (WHERE reversed), 0), coalesce(-sum(yen) FILTER (WHERE reversed), 0)
    FROM part GROUP BY 1, 2
    ON CONFLICT ON CONSTRAINT control_total_pk DO UPDATE
    SET posted_parts = kept.posted_parts + EXCLUDED.posted_parts,
        posted_points = kept.posted_points + EXCLUDED.posted_points,
        posted_yen = kept.posted_yen + EXCLUDED.posted_yen,
        announced_events = kept.announced_events + EXCLUDED.announced_events,
        announced_points = kept.announced_points + EXCLUDED.announced_points,
        announced_yen = kept.announced_yen + EXCLUDED.announced_yen,
        reversed_parts = kept.reversed_parts + EXCLUDED.reversed_parts,
        reversed_points = kept.reversed_points + EXCLUDED.reversed_points,
        reversed_yen = kept.reversed_yen + EXCLUDED.reversed_yen,
        announced_reversals = kept.announced_reversals + EXCLUDED.announced_reversals,
        announced_reversed_points = kept.announced_reversed_points + EXCLUDED.announced_reversed_points,
        announced_reversed_yen = kept.announced_reversed_yen + EXCLUDED.announced_reversed_yen
), place AS (
    SELECT payer_number, max(version) AS version, max(sequence) AS sequence,
        greatest(count(version), count(sequence)) AS busiest
    FROM (
        SELECT payer_number, version, NULL::bigint AS sequence FROM posting
        UNION ALL
        SELECT payer_number, NULL, sequence FROM event
    ) AS each GROUP BY payer_number
), moved AS (
    INSERT INTO control_fold AS kept (payer_number, entry_version, event_sequence)
    SELECT payer_number, coalesce(version, 0), coalesce(sequence, 0) FROM place
    ON CONFLICT ON CONSTRAINT control_fold_pk DO UPDATE
    SET entry_version = greatest(kept.entry_version, EXCLUDED.entry_version),
        event_sequence = greatest(kept.event_sequence, EXCLUDED.event_sequence)
)
SELECT coalesce(max(busiest), 0) FROM place;

-- name: control_totals
-- Count, points and yen of posted parts and announced events, per payer and claim month, as added up last: those after
-- one payer's month.
SELECT * FROM control_total
WHERE ($1 = '' OR claim_month = $1) AND (payer_number, claim_month) > ($2, $3)
ORDER BY payer_number, claim_month LIMIT $4;

-- name: replay_entries
-- Every entry in the order of its account, beside its transfer; is_ordered: posted since times are kept in order, which
-- was before the first record was numbered.
SELECT e.account_id, e.version, e.transfer_id, e.amount_yen, e.balance_before, e.balance_after,
    t.amount_yen AS transfer_yen, t.from_account, t.from_version, t.to_account, t.to_version, t.posted_at,
    t.number > (SELECT coalesce(min(number), 0) FROM written_record) AS is_ordered
FROM entry AS e LEFT JOIN transfer AS t USING (transfer_id)
ORDER BY e.account_id, e.version;

-- name: begin_replay
-- See one state of the ledger during the whole replay.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout = '600s';

-- name: transfers_without_legs
-- Transfers that do not have both of their entries.
SELECT t.transfer_id FROM transfer AS t
LEFT JOIN entry AS f
    ON f.account_id = t.from_account AND f.version = t.from_version AND f.transfer_id = t.transfer_id
LEFT JOIN entry AS o ON o.account_id = t.to_account AND o.version = t.to_version AND o.transfer_id = t.transfer_id
WHERE f.amount_yen IS DISTINCT FROM -t.amount_yen OR o.amount_yen IS DISTINCT FROM t.amount_yen
LIMIT 100;

-- name: replay_events
-- Every event in the order of its stream, with its bytes.
SELECT payer_number, sequence, event_id, value, sha256, points, yen
FROM announced_event ORDER BY payer_number, sequence;

-- name: events_without_transfer
-- Announced shares and reversals whose transfer is missing or differs in points or yen.
SELECT e.event_id FROM announced_event AS e
LEFT JOIN transfer AS t ON t.claim_id = e.claim_id AND t.decision_id = e.decision_id
    AND t.payer_number = e.payer_number AND (t.reverses IS NULL) = (e.reverses IS NULL)
WHERE e.yen <> 0 AND (t.transfer_id IS NULL OR t.points <> e.points OR t.amount_yen <> abs(e.yen))
LIMIT 100;

-- name: transfers_without_event
-- Transfers of claims that no event announces.
SELECT t.transfer_id FROM transfer AS t
LEFT JOIN announced_event AS e ON e.claim_id = t.claim_id AND e.decision_id = t.decision_id
    AND e.payer_number = t.payer_number AND (e.reverses IS NULL) = (t.reverses IS NULL)
WHERE t.claim_id IS NOT NULL AND e.event_id IS NULL
LIMIT 100;

-- name: reversals_of_something_else
-- Reversals that are not the whole of the transfer they name.
SELECT r.transfer_id FROM transfer AS r LEFT JOIN transfer AS t ON t.transfer_id = r.reverses
WHERE r.reverses IS NOT NULL
    AND (t.to_account, t.from_account, t.amount_yen, t.claim_id, t.decision_id, -t.points)
        IS DISTINCT FROM (r.from_account, r.to_account, r.amount_yen, r.claim_id, r.decision_id, r.points)
LIMIT 100;

-- name: shares_left_standing
-- Transfers of decisions that a later one replaced, which nothing takes back.
SELECT t.transfer_id
FROM (SELECT claim_id, max(number) AS number FROM later_decision GROUP BY claim_id) AS last
JOIN later_decision AS latest USING (claim_id, number)
JOIN transfer AS t ON t.claim_id = last.claim_id AND t.decision_id <> latest.decision_id AND t.reverses IS NULL
LEFT JOIN transfer AS r ON r.reverses = t.transfer_id
WHERE r.transfer_id IS NULL
LIMIT 100;

-- name: streams_in_disorder
-- Streams whose next sequence is not one after their last event's.
SELECT s.payer_number FROM payer_stream AS s
LEFT JOIN (
    SELECT payer_number, max(sequence) AS last FROM announced_event GROUP BY payer_number
) AS e USING (payer_number)
WHERE s.next_sequence <> coalesce(e.last, 0) + 1
LIMIT 100;
