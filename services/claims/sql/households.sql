-- name: lock_statements
-- One recomputation of a span at a time: batches of two calls wait for each other.
SELECT pg_advisory_xact_lock(hashtext('seikyu.claims.household'), hashtext($1 || $2));

-- name: unplaced_receipts
-- Receipts of a treatment month's next claims, in id order, whose household is not known yet.
SELECT claim.claim_id, claim.receipt
FROM claim
WHERE claim.treatment_month = $1 AND claim.claim_id > $2
  AND NOT EXISTS (SELECT FROM household_receipt AS placed WHERE placed.claim_id = claim.claim_id)
ORDER BY claim.claim_id
LIMIT $3;

-- name: insert_household_receipts
-- Whose household's the receipts of a treatment month are; nobody's where the household is empty.
INSERT INTO household_receipt (claim_id, treatment_month, household, payer_number)
SELECT placed.claim_id, $1, placed.household, placed.payer_number
FROM unnest($2::text[], $3::text[], $4::text[]) AS placed (claim_id, household, payer_number)
ON CONFLICT ON CONSTRAINT household_receipt_pk DO NOTHING;

-- name: page_households
-- The next households of a treatment month, in the order of their keys.
SELECT DISTINCT household, payer_number
FROM household_receipt
WHERE treatment_month = $1 AND household > $2 AND household <> ''
ORDER BY household
LIMIT $3;

-- name: household_claims
-- Claims of households in a treatment month, each with its receipt, its latest decision, and the latest covers kept.
SELECT placed.household, claim.claim_id, claim.hospital_code, claim.receipt, made.decision_id, made.number, made.content,
       made.decided_at, known.covers
FROM household_receipt AS placed
     JOIN claim USING (claim_id)
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN LATERAL (
         SELECT kept.covers FROM decision AS kept
         WHERE kept.claim_id = claim.claim_id AND kept.covers IS NOT NULL
         ORDER BY kept.number DESC LIMIT 1
     ) AS known ON true
WHERE placed.treatment_month = $1 AND placed.household = ANY($2::text[]) AND placed.household <> ''
ORDER BY placed.household, claim.claim_id;

-- name: high_cost_months
-- Months of households, from one and before another, whose latest statement counts for 多数回該当.
SELECT latest.household, latest.since
FROM (
    SELECT DISTINCT ON (stated.household, stated.since) stated.household, stated.since, stated.high_cost
    FROM household_statement AS stated
    WHERE stated.household = ANY($1::text[]) AND stated.span = 1 AND stated.since >= $2 AND stated.since < $3
    ORDER BY stated.household, stated.since, stated.number DESC
) AS latest
WHERE latest.high_cost;

-- name: page_year_households
-- The next households that have a statement of a month from one to another, in the order of their keys.
SELECT DISTINCT household, payer_number
FROM household_statement
WHERE span = 1 AND since >= $1 AND since <= $2 AND household > $3
ORDER BY household
LIMIT $4;

-- name: year_months
-- Latest statements of households' months, from one month to another.
SELECT DISTINCT ON (household, since) household, since, version_id, content
FROM household_statement
WHERE span = 1 AND since >= $1 AND since <= $2 AND household = ANY($3::text[])
ORDER BY household, since, number DESC;

-- name: former_versions
-- The latest version of each of these statements.
SELECT DISTINCT ON (statement_id) statement_id, version_id, number, replaces, content_sha256
FROM household_statement
WHERE statement_id = ANY($1::text[])
ORDER BY statement_id, number DESC;

-- name: insert_statements
-- New versions of households' statements; the table numbers them in their payers' streams, locked in order.
INSERT INTO household_statement (
    version_id, statement_id, number, replaces, span, since, household, payer_number, high_cost, content, content_sha256,
    stated_at, traceparent
)
SELECT made.version_id, made.statement_id, made.number, made.replaces, $2, $3, made.household, made.payer_number,
       made.high_cost, made.content, made.content_sha256, $1, $13
FROM unnest(
    $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::bytea[], $12::text[]
) AS made (
    version_id, statement_id, number, replaces, household, payer_number, high_cost, content, content_sha256
)
ORDER BY made.payer_number, made.statement_id
RETURNING version_id, sequence;

-- name: waiting_statement_streams
-- Payers whose stream holds statements that are not published.
SELECT payer_number FROM household_stream WHERE published_sequence < next_sequence - 1 ORDER BY payer_number;

-- name: pending_statements
-- Statements after the cursors of these payers' streams, by payer and sequence.
SELECT stated.payer_number, stated.sequence, stated.version_id, stated.number, stated.replaces, stated.content,
       stated.stated_at, stated.traceparent
FROM household_stream AS stream
CROSS JOIN LATERAL (
    SELECT * FROM household_statement AS kept
    WHERE kept.payer_number = stream.payer_number AND kept.sequence > stream.published_sequence
    ORDER BY kept.sequence LIMIT $2
) AS stated
WHERE stream.payer_number = ANY($1::text[]) AND stream.published_sequence < stream.next_sequence - 1
ORDER BY stated.payer_number, stated.sequence
LIMIT $2;

-- name: lock_statement_streams
-- Streams of payers, of all where none is named, locked in the order of their numbers until the transaction ends.
SELECT FROM household_stream
WHERE payer_number = ANY($1::text[]) OR cardinality($1::text[]) = 0
ORDER BY payer_number
FOR UPDATE;

-- name: mark_statements_published
-- Advance the cursors of streams; none moves back.
UPDATE household_stream AS stream SET published_sequence = published.sequence
FROM unnest($1::text[], $2::bigint[]) AS published (payer_number, sequence)
WHERE stream.payer_number = published.payer_number AND stream.published_sequence < published.sequence;

-- name: restart_statement_streams
-- Publish every stream from its beginning.
UPDATE household_stream SET published_sequence = 0 WHERE published_sequence > 0;

-- name: lock_following
-- One who follows the decisions at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.claims.household'), hashtext('following'));

-- name: touched_households
-- Decisions after a position, none that a slower commit may precede, each with its claim's month and household; with
-- the receipt where that is not known.
SELECT made.claim_id, claim.treatment_month, made.decided_at, made.recorded_xid::text AS recorded_xid, made.seq,
       coalesce(placed.household, '') AS household, coalesce(placed.payer_number, '') AS payer_number,
       CASE WHEN placed.claim_id IS NULL THEN claim.receipt ELSE ''::bytea END AS receipt
FROM (
    SELECT * FROM decision
    WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint)
      AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY recorded_xid, seq
    LIMIT $3
) AS made
     JOIN claim USING (claim_id)
     LEFT JOIN household_receipt AS placed USING (claim_id)
ORDER BY made.recorded_xid, made.seq;

-- name: touch_households
-- Households' month is due.
INSERT INTO household_due (span, since, household, payer_number)
SELECT 1, $1, touched.household, touched.payer_number
FROM unnest($2::text[], $3::text[]) AS touched (household, payer_number)
ORDER BY touched.household
ON CONFLICT ON CONSTRAINT household_due_pk DO NOTHING;

-- name: touch_what_follows
-- Of new versions of a month: their households' year is due, and where the month begins or ceases to count for 多数回該当,
-- their stated months after it and before another.
INSERT INTO household_due (span, since, household, payer_number)
SELECT 2, $2, made.household, made.payer_number
FROM unnest($4::text[], $5::text[]) AS made (household, payer_number)
UNION
SELECT 1, later.since, later.household, later.payer_number
FROM unnest($4::text[], $6::text[], $7::boolean[]) AS made (household, replaces, high_cost)
     LEFT JOIN household_statement AS former ON former.version_id = made.replaces
     JOIN household_statement AS later
       ON later.span = 1 AND later.household = made.household AND later.since > $1 AND later.since < $3
WHERE made.high_cost <> coalesce(former.high_cost, false)
ORDER BY 1, 2, 3
ON CONFLICT ON CONSTRAINT household_due_pk DO NOTHING;

-- name: touch_payer
-- All statements of a payer are due: they were made while it was not enrolled, and name no member.
INSERT INTO household_due (span, since, household, payer_number)
SELECT DISTINCT span, since, household, payer_number FROM household_statement WHERE payer_number = $1
ORDER BY span, since, household
ON CONFLICT ON CONSTRAINT household_due_pk DO NOTHING;

-- name: next_due
-- The earliest month, up to one, that has households due; else the earliest year, up to another.
SELECT span, since
FROM (
    (SELECT span, since FROM household_due WHERE span = 1 AND since <= $1 ORDER BY since LIMIT 1)
    UNION ALL
    (SELECT span, since FROM household_due WHERE span = 2 AND since <= $2 ORDER BY since LIMIT 1)
) AS found
ORDER BY span
LIMIT 1;

-- name: take_due
-- Take households off what is due of a span, in the order of their keys.
WITH taken AS (
    DELETE FROM household_due
    WHERE (span, since, household) IN (
        SELECT span, since, household FROM household_due
        WHERE span = $1 AND since = $2
        ORDER BY household
        LIMIT $3
        FOR UPDATE SKIP LOCKED
    )
    RETURNING household, payer_number
)
SELECT household, payer_number FROM taken ORDER BY household;

-- name: get_statement
-- One version of a statement, 0 for the latest; of one payer, or of any where it is empty.
SELECT version_id, statement_id, number, replaces, content, sequence, stated_at
FROM household_statement
WHERE statement_id = $1 AND ($2::integer = 0 OR number = $2) AND ($3::text = '' OR payer_number = $3)
ORDER BY number DESC
LIMIT 1;

-- name: list_payer_statements
-- A payer's versions in the order of recording after a position, none that a slower commit may precede.
SELECT version_id, statement_id, number, replaces, content, sequence, stated_at, recorded_xid::text AS recorded_xid, seq
FROM household_statement AS stated
WHERE payer_number = $1
  AND (recorded_xid, seq) > ($2::text::xid8, $3::bigint)
  AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
  AND ($4::text = '' OR since = $4)
  AND (NOT $5::boolean OR NOT EXISTS (
      SELECT FROM household_statement AS later
      WHERE later.statement_id = stated.statement_id AND later.number > stated.number))
ORDER BY recorded_xid, seq
LIMIT $6;

-- name: list_all_statements
-- All payers' versions in the order of recording after a position, none that a slower commit may precede.
SELECT version_id, statement_id, number, replaces, content, sequence, stated_at, recorded_xid::text AS recorded_xid, seq
FROM household_statement AS stated
WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint)
  AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
  AND ($3::text = '' OR since = $3)
  AND (NOT $4::boolean OR NOT EXISTS (
      SELECT FROM household_statement AS later
      WHERE later.statement_id = stated.statement_id AND later.number > stated.number))
ORDER BY recorded_xid, seq
LIMIT $5;
