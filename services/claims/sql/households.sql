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
       known.covers
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
-- New versions of households' statements.
INSERT INTO household_statement (
    version_id, statement_id, number, replaces, span, since, household, payer_number, high_cost, content, content_sha256,
    stated_at
)
SELECT made.version_id, made.statement_id, made.number, made.replaces, $2, $3, made.household, made.payer_number,
       made.high_cost, made.content, made.content_sha256, $1
FROM unnest(
    $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::bytea[], $12::text[]
) AS made (
    version_id, statement_id, number, replaces, household, payer_number, high_cost, content, content_sha256
)
ORDER BY made.statement_id;

-- name: get_statement
-- One version of a statement, 0 for the latest; of one payer, or of any where it is empty.
SELECT version_id, statement_id, number, replaces, content, stated_at
FROM household_statement
WHERE statement_id = $1 AND ($2::integer = 0 OR number = $2) AND ($3::text = '' OR payer_number = $3)
ORDER BY number DESC
LIMIT 1;

-- name: list_payer_statements
-- A payer's versions in the order of recording after a position, none that a slower commit may precede.
SELECT version_id, statement_id, number, replaces, content, stated_at, recorded_xid::text AS recorded_xid, seq
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
SELECT version_id, statement_id, number, replaces, content, stated_at, recorded_xid::text AS recorded_xid, seq
FROM household_statement AS stated
WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint)
  AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
  AND ($3::text = '' OR since = $3)
  AND (NOT $4::boolean OR NOT EXISTS (
      SELECT FROM household_statement AS later
      WHERE later.statement_id = stated.statement_id AND later.number > stated.number))
ORDER BY recorded_xid, seq
LIMIT $5;
