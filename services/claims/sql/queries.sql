-- name: insert_claims
-- Accept receipts that are new; learn which of them were.
INSERT INTO claim (claim_id, hospital_code, agency, claim_month, treatment_month, receipt_number, receipt_kind,
                   receipt_sha256, occurrence, receipt, findings, declared_points, submission_id, traceparent, origin,
                   received_at, person)
SELECT new.claim_id, $1, new.agency, new.claim_month, new.treatment_month, new.receipt_number, new.receipt_kind,
       new.receipt_sha256, new.occurrence, new.receipt, new.findings, new.declared_points, $2, new.traceparent, $3, $4,
       new.person
FROM unnest($5::text[], $6::smallint[], $7::text[], $8::text[], $9::integer[], $10::text[], $11::text[], $12::integer[],
            $13::bytea[], $14::text[], $15::bigint[], $16::text[], $17::bytea[])
     AS new (claim_id, agency, claim_month, treatment_month, receipt_number, receipt_kind, receipt_sha256, occurrence,
             receipt, findings, declared_points, traceparent, person)
ORDER BY new.claim_id
ON CONFLICT ON CONSTRAINT claim_pk DO NOTHING
RETURNING claim_id;

-- name: claims_beside
-- The other claims of these claims' persons: whether each is decided, and whether it came later. Hardly a person has any.
SELECT DISTINCT other.claim_id, work.claim_id IS NULL AS decided,
       (other.recorded_xid, other.seq) > (one.recorded_xid, one.seq) AS later
FROM claim AS one
     JOIN claim AS other ON other.person = one.person AND other.claim_id <> one.claim_id
     LEFT JOIN claim_work AS work ON work.claim_id = other.claim_id
WHERE one.claim_id = ANY($1::text[]);

-- name: lock_claims
-- One correction of a claim at a time, until the transaction ends; in id order.
SELECT pg_advisory_xact_lock(hashtext('seikyu.claims.correction'), hashtext(wanted.claim_id))
FROM (SELECT DISTINCT claim_id FROM unnest($1::text[]) AS each (claim_id) ORDER BY claim_id) AS wanted;

-- name: hold_work
-- None of these claims on their way is decided by another transaction until this one ends; in id order.
SELECT claim_id FROM claim_work WHERE claim_id = ANY($1::text[]) ORDER BY claim_id FOR UPDATE;

-- name: claims_with_twins
-- Of these claims, those whose person has another one that was neither returned (6) nor withdrawn (8) last, or an earlier
-- one that is not decided. That one was decided counts whatever their order: what came earlier may be committed later.
SELECT one.claim_id FROM claim AS one
WHERE one.claim_id = ANY($1::text[]) AND EXISTS (
    SELECT FROM claim AS other
         LEFT JOIN LATERAL (
             SELECT made.outcome FROM decision AS made
             WHERE made.claim_id = other.claim_id ORDER BY made.number DESC LIMIT 1
         ) AS latest ON true
    WHERE other.person = one.person AND other.claim_id <> one.claim_id
      AND (latest.outcome NOT IN (6, 8)
           OR latest.outcome IS NULL AND (other.recorded_xid, other.seq) < (one.recorded_xid, one.seq)));

-- name: insert_work
-- Put new claims into the working set.
INSERT INTO claim_work (claim_id, moved_at, coding_deadline)
SELECT new.claim_id, $1, new.coding_deadline
FROM unnest($2::text[], $3::timestamptz[]) AS new (claim_id, coding_deadline);

-- name: insert_review_texts
-- Keep free text that the identifier screen withheld.
INSERT INTO review_text (claim_id, line, text)
SELECT new.claim_id, new.line, new.text
FROM unnest($1::text[], $2::integer[], $3::text[]) AS new (claim_id, line, text)
ON CONFLICT ON CONSTRAINT review_text_pk DO NOTHING;

-- name: first_findings
-- The findings that claims were accepted with.
SELECT claim_id, findings FROM claim WHERE claim_id = ANY($1::text[]);

-- name: lock_work
-- Claims on their way, locked in id order, with what a decision names.
SELECT work.claim_id, claim.hospital_code, claim.claim_month, claim.treatment_month, claim.receipt_kind,
       claim.traceparent, claim.origin, claim.received_at, work.coding_deadline, work.covers, work.determined_at,
       work.coded_at, work.raised
FROM claim_work AS work JOIN claim USING (claim_id)
WHERE work.claim_id = ANY($1::text[])
ORDER BY work.claim_id
FOR UPDATE OF work;

-- name: lock_overdue_work
-- Claims whose eligibility is known and whose coding deadline has passed.
SELECT work.claim_id, claim.hospital_code, claim.claim_month, claim.treatment_month, claim.receipt_kind,
       claim.traceparent, claim.origin, claim.received_at, work.coding_deadline, work.covers, work.determined_at,
       work.coded_at, work.raised
FROM claim_work AS work JOIN claim USING (claim_id)
WHERE work.coding_deadline <= $1 AND work.covers IS NOT NULL
ORDER BY work.claim_id
LIMIT $2
FOR UPDATE OF work SKIP LOCKED;

-- name: lock_unmoved_work
-- Claims that have not moved since an instant, oldest first.
SELECT work.claim_id, claim.hospital_code, claim.claim_month, claim.treatment_month, claim.receipt_kind,
       claim.traceparent, claim.origin, claim.received_at, work.coding_deadline, work.covers, work.determined_at,
       work.coded_at, work.raised
FROM claim_work AS work JOIN claim USING (claim_id)
WHERE work.moved_at <= $1
ORDER BY work.claim_id
LIMIT $2
FOR UPDATE OF work SKIP LOCKED;

-- name: read_receipts
-- The receipts of claims.
SELECT claim_id, receipt FROM claim WHERE claim_id = ANY($1::text[]);

-- name: known_claims
-- Which of these claims exist.
SELECT claim_id FROM claim WHERE claim_id = ANY($1::text[]);

-- name: count_undecided
-- How many claims are on their way without waiting for codes, counted up to a bound.
SELECT count(*) FROM (
    SELECT FROM claim_work WHERE covers IS NULL OR coding_deadline IS NULL OR coded_at IS NOT NULL LIMIT $1
) AS bounded;

-- name: save_covers
-- Remember what eligibility determined while coding is awaited.
UPDATE claim_work AS work
SET covers = new.covers, determined_at = new.determined_at, raised = work.raised OR new.raised, moved_at = $1
FROM unnest($2::text[], $3::bytea[], $4::timestamptz[], $5::boolean[]) AS new (claim_id, covers, determined_at, raised)
WHERE work.claim_id = new.claim_id AND work.covers IS NULL;

-- name: mark_coded
-- These claims wait for coding no longer.
UPDATE claim_work AS work
SET coded_at = $1, raised = work.raised OR new.raised, moved_at = $1
FROM unnest($2::text[], $3::boolean[]) AS new (claim_id, raised)
WHERE work.claim_id = new.claim_id AND work.coded_at IS NULL;

-- name: touch_work
-- These claims were announced again.
UPDATE claim_work SET moved_at = $1, raised = true WHERE claim_id = ANY($2::text[]);

-- name: delete_work
-- These claims are final.
DELETE FROM claim_work WHERE claim_id = ANY($1::text[]);

-- name: insert_codings
-- Attach revisions of the codes that were found, and where each sure code stands; learn which revisions are new.
WITH attached AS (
    INSERT INTO claim_coding (claim_id, revision, codings, late, completed_at)
    SELECT new.claim_id, new.revision, new.codings, new.late, new.completed_at
    FROM unnest($1::text[], $2::integer[], $3::bytea[], $4::boolean[], $5::timestamptz[])
         AS new (claim_id, revision, codings, late, completed_at)
    ON CONFLICT ON CONSTRAINT claim_coding_pk DO NOTHING
    RETURNING claim_id, revision, completed_at
), found AS (
    INSERT INTO found_code (disease_code, claim_id, line, revision, route, completed_at)
    SELECT new.disease_code, claim_id, new.line, revision, new.route, attached.completed_at
    FROM unnest($6::text[], $7::integer[], $8::text[], $9::integer[], $10::smallint[])
             AS new (claim_id, revision, disease_code, line, route)
         JOIN attached USING (claim_id, revision)
    ON CONFLICT ON CONSTRAINT found_code_pk DO NOTHING
)
SELECT claim_id, revision FROM attached;

-- name: kept_codings
-- What is kept under these claims' revisions.
SELECT kept.claim_id, kept.revision, kept.codings
FROM unnest($1::text[], $2::integer[]) AS wanted (claim_id, revision)
     JOIN claim_coding AS kept USING (claim_id, revision);

-- name: read_codings
-- The codes that are in force for claims.
SELECT DISTINCT ON (claim_id) claim_id, codings FROM claim_coding
WHERE claim_id = ANY($1::text[])
ORDER BY claim_id, revision DESC;

-- name: insert_decisions
-- Write decisions; the parts come as one text per decision, numbers separated by blanks.
INSERT INTO decision (decision_id, claim_id, number, hospital_code, claim_month, outcome, billed_points, billed_yen,
                      patient_yen, reduced_yen, part_payers, part_points, part_yen, content, traceparent,
                      determined_at, coded_at, decided_at, replaces, cause, covers, coding_revision)
SELECT new.decision_id, new.claim_id, new.number, new.hospital_code, new.claim_month, new.outcome, new.billed_points,
       new.billed_yen, new.patient_yen, new.reduced_yen, string_to_array(new.part_payers, ' '),
       string_to_array(new.part_points, ' ')::bigint[], string_to_array(new.part_yen, ' ')::bigint[], new.content,
       new.traceparent, new.determined_at, new.coded_at, $1, new.replaces, new.cause,
       new.covers, new.coding_revision
FROM unnest($2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::smallint[], $8::bigint[], $9::bigint[],
            $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::text[],
            $17::timestamptz[], $18::timestamptz[], $19::text[], $20::smallint[], $21::bytea[], $22::integer[])
     AS new (decision_id, claim_id, number, hospital_code, claim_month, outcome, billed_points, billed_yen, patient_yen,
             reduced_yen, part_payers, part_points, part_yen, content, traceparent, determined_at, coded_at, replaces,
             cause, covers, coding_revision);

-- name: payer_secrets
-- The member secret of each enrolled payer that is used now: the first, or the latest of those that took its place.
SELECT DISTINCT ON (payer_number) payer_number, version, secret
FROM (
    SELECT payer_number, 1 AS version, member_secret AS secret FROM payer WHERE payer_number = ANY($1::text[])
    UNION ALL
    SELECT payer_number, version, secret FROM payer_secret
    WHERE payer_number = ANY($1::text[]) AND in_use_from <= now()
) AS kept
ORDER BY payer_number, version DESC;

-- name: get_claim
-- One claim with its latest decision and its codes; a hospital sees its own only.
SELECT claim.claim_id, claim.hospital_code, claim.agency, claim.claim_month, claim.treatment_month,
       claim.receipt_number, claim.receipt_kind, claim.declared_points, claim.findings, claim.traceparent,
       claim.submission_id, claim.received_at, claim.recorded_xid::text AS recorded_xid, claim.seq, made.content,
       CASE WHEN review.claim_id IS NULL THEN made.outcome ELSE 9 END AS outcome, coalesce(made.determined_at, work.determined_at) AS determined_at,
       coalesce(made.coded_at, work.coded_at) AS coded_at, made.decided_at, coding.revisions, coding.lates,
       ARRAY(SELECT kept.line FROM review_text AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.line)
           AS withheld_lines
FROM claim
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN open_review AS review ON review.claim_id = claim.claim_id
     LEFT JOIN claim_work AS work ON work.claim_id = claim.claim_id
     CROSS JOIN LATERAL (
         SELECT array_agg(kept.codings ORDER BY kept.revision) AS revisions,
                array_agg(kept.late ORDER BY kept.revision) AS lates
         FROM claim_coding AS kept WHERE kept.claim_id = claim.claim_id
     ) AS coding
WHERE claim.claim_id = $1 AND ($2::text IS NULL OR claim.hospital_code = $2);

-- name: list_claims
-- A hospital's claims in the order in which they were recorded, filtered, after a position.
SELECT claim.claim_id, claim.hospital_code, claim.agency, claim.claim_month, claim.treatment_month,
       claim.receipt_number, claim.receipt_kind, claim.declared_points, claim.findings, claim.traceparent,
       claim.submission_id, claim.received_at, claim.recorded_xid::text AS recorded_xid, claim.seq, made.content,
       CASE WHEN review.claim_id IS NULL THEN made.outcome ELSE 9 END AS outcome, coalesce(made.determined_at, work.determined_at) AS determined_at,
       coalesce(made.coded_at, work.coded_at) AS coded_at, made.decided_at, coding.revisions, coding.lates,
       ARRAY(SELECT kept.line FROM review_text AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.line)
           AS withheld_lines
FROM claim
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN open_review AS review ON review.claim_id = claim.claim_id
     LEFT JOIN claim_work AS work ON work.claim_id = claim.claim_id
     CROSS JOIN LATERAL (
         SELECT array_agg(kept.codings ORDER BY kept.revision) AS revisions,
                array_agg(kept.late ORDER BY kept.revision) AS lates
         FROM claim_coding AS kept WHERE kept.claim_id = claim.claim_id
     ) AS coding
WHERE claim.hospital_code = $1
  AND (claim.recorded_xid, claim.seq) > ($2::text::xid8, $3::bigint)
  AND ($4::text = '' OR claim.claim_month = $4)
  AND ($5::text = '' OR claim.submission_id = $5)
  AND (cardinality($6::smallint[]) = 0 OR CASE WHEN review.claim_id IS NULL THEN coalesce(made.outcome, 3) ELSE 9 END = ANY($6::smallint[]))
ORDER BY claim.recorded_xid, claim.seq
LIMIT $7;

-- name: list_all_claims
-- Claims of all hospitals in the order in which they were recorded, filtered, after a position.
SELECT claim.claim_id, claim.hospital_code, claim.agency, claim.claim_month, claim.treatment_month,
       claim.receipt_number, claim.receipt_kind, claim.declared_points, claim.findings, claim.traceparent,
       claim.submission_id, claim.received_at, claim.recorded_xid::text AS recorded_xid, claim.seq, made.content,
       CASE WHEN review.claim_id IS NULL THEN made.outcome ELSE 9 END AS outcome, coalesce(made.determined_at, work.determined_at) AS determined_at,
       coalesce(made.coded_at, work.coded_at) AS coded_at, made.decided_at, coding.revisions, coding.lates,
       ARRAY(SELECT kept.line FROM review_text AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.line)
           AS withheld_lines
FROM claim
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN open_review AS review ON review.claim_id = claim.claim_id
     LEFT JOIN claim_work AS work ON work.claim_id = claim.claim_id
     CROSS JOIN LATERAL (
         SELECT array_agg(kept.codings ORDER BY kept.revision) AS revisions,
                array_agg(kept.late ORDER BY kept.revision) AS lates
         FROM claim_coding AS kept WHERE kept.claim_id = claim.claim_id
     ) AS coding
WHERE (claim.recorded_xid, claim.seq) > ($1::text::xid8, $2::bigint)
  AND ($3::text = '' OR claim.claim_month = $3)
  AND ($4::text = '' OR claim.submission_id = $4)
  AND (cardinality($5::smallint[]) = 0 OR CASE WHEN review.claim_id IS NULL THEN coalesce(made.outcome, 3) ELSE 9 END = ANY($5::smallint[]))
ORDER BY claim.recorded_xid, claim.seq
LIMIT $6;

-- name: watch_position
-- Where the feed of changes ends now: every change before this transaction id is visible.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text;

-- name: watch_changes
-- Changes of a hospital's claims after a position, none that a slower commit may precede.
SELECT change.claim_id, change.state, claim.receipt_number, change.at, change.recorded_xid::text AS recorded_xid,
       change.seq
FROM (
    (SELECT claim_id, 3::smallint AS state, received_at AS at, recorded_xid, seq
     FROM claim
     WHERE hospital_code = $1 AND (recorded_xid, seq) > ($2::text::xid8, $3::bigint)
       AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot()) AND ($4::text = '' OR submission_id = $4)
     ORDER BY recorded_xid, seq LIMIT $5)
    UNION ALL
    (SELECT made.claim_id, made.outcome, made.decided_at, made.recorded_xid, made.seq
     FROM decision AS made
     WHERE made.hospital_code = $1
       AND (made.recorded_xid, made.seq) > ($2::text::xid8, $3::bigint)
       AND made.recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
       AND ($4::text = '' OR EXISTS (
           SELECT FROM claim AS of WHERE of.claim_id = made.claim_id AND of.submission_id = $4))
     ORDER BY made.recorded_xid, made.seq LIMIT $5)
    UNION ALL
    (SELECT step.claim_id, step.state, step.at, step.recorded_xid, step.seq
     FROM correction AS step
     WHERE step.hospital_code = $1 AND step.state IS NOT NULL
       AND (step.recorded_xid, step.seq) > ($2::text::xid8, $3::bigint)
       AND step.recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
       AND ($4::text = '' OR EXISTS (
           SELECT FROM claim AS of WHERE of.claim_id = step.claim_id AND of.submission_id = $4))
     ORDER BY step.recorded_xid, step.seq LIMIT $5)
) AS change JOIN claim USING (claim_id)
ORDER BY change.recorded_xid, change.seq
LIMIT $5;

-- name: watch_all_changes
-- Changes of all hospitals' claims after a position, none that a slower commit may precede.
SELECT change.claim_id, change.state, claim.receipt_number, change.at, change.recorded_xid::text AS recorded_xid,
       change.seq
FROM (
    (SELECT claim_id, 3::smallint AS state, received_at AS at, recorded_xid, seq
     FROM claim
     WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint)
       AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot()) AND ($3::text = '' OR submission_id = $3)
     ORDER BY recorded_xid, seq LIMIT $4)
    UNION ALL
    (SELECT made.claim_id, made.outcome, made.decided_at, made.recorded_xid, made.seq
     FROM decision AS made
     WHERE (made.recorded_xid, made.seq) > ($1::text::xid8, $2::bigint)
       AND made.recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
       AND ($3::text = '' OR EXISTS (
           SELECT FROM claim AS of WHERE of.claim_id = made.claim_id AND of.submission_id = $3))
     ORDER BY made.recorded_xid, made.seq LIMIT $4)
    UNION ALL
    (SELECT step.claim_id, step.state, step.at, step.recorded_xid, step.seq
     FROM correction AS step
     WHERE step.state IS NOT NULL
       AND (step.recorded_xid, step.seq) > ($1::text::xid8, $2::bigint)
       AND step.recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
       AND ($3::text = '' OR EXISTS (
           SELECT FROM claim AS of WHERE of.claim_id = step.claim_id AND of.submission_id = $3))
     ORDER BY step.recorded_xid, step.seq LIMIT $4)
) AS change JOIN claim USING (claim_id)
ORDER BY change.recorded_xid, change.seq
LIMIT $4;

-- name: insert_hospital
-- Enrol a hospital; enrolling it again changes nothing.
INSERT INTO hospital (hospital_code, name, enrolled_at) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT hospital_pk DO NOTHING;

-- name: insert_payer
-- Enrol a payer with its own secret; the first secret stays.
INSERT INTO payer (payer_number, name, member_secret, enrolled_at) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT payer_pk DO NOTHING;

-- name: secrets_of_payer
-- Every member secret of one payer, the first before the others.
SELECT 1 AS version, member_secret AS secret, enrolled_at AS in_use_from FROM payer WHERE payer_number = $1
UNION ALL
SELECT version, secret, in_use_from FROM payer_secret WHERE payer_number = $1
ORDER BY version;

-- name: insert_payer_secret
-- Give a payer another member secret.
INSERT INTO payer_secret (payer_number, version, secret, in_use_from) VALUES ($1, $2, $3, $4);

-- name: lock_payer
-- One who enrols, rotates or unenrols a payer at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.payer'), hashtext($1));

-- name: unenrol_payer
-- A payer is unenrolled.
INSERT INTO payer_standing (payer_number, at, enrolled) VALUES ($1, $2, false);

-- name: enrol_payer_again
-- An unenrolled payer is enrolled again.
INSERT INTO payer_standing (payer_number, at, enrolled) VALUES ($1, $2, true);

-- name: payer_is_unenrolled
-- Whether the payer was unenrolled and not enrolled again since.
SELECT NOT enrolled FROM payer_standing WHERE payer_number = $1 ORDER BY at DESC LIMIT 1;

-- name: refused_payers
-- Payers that were unenrolled: when last, and whether they are enrolled again.
SELECT payer_number, max(at) FILTER (WHERE NOT enrolled) AS refused_before,
       (array_agg(enrolled ORDER BY at DESC))[1] AS enrolled
FROM payer_standing GROUP BY payer_number;

-- name: fold_adjudicated
-- Add up decisions after a position, none that is younger than an instant or that a slower commit may precede; beside
-- them the parts of those that they replaced.
WITH next AS (
    SELECT recorded_xid, seq, claim_month, part_payers, part_points, part_yen, decided_at, claim_id, number
    FROM decision
    WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint) AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY recorded_xid, seq LIMIT $4
), young AS (
    SELECT recorded_xid, seq FROM next WHERE decided_at > $3 ORDER BY recorded_xid, seq LIMIT 1
), due AS (
    SELECT * FROM next
    WHERE NOT EXISTS (SELECT FROM young WHERE (next.recorded_xid, next.seq) >= (young.recorded_xid, young.seq))
), part AS (
    SELECT part.payer_number, due.claim_month, part.points, part.yen, false AS replaced
    FROM due, unnest(due.part_payers, due.part_points, due.part_yen) AS part (payer_number, points, yen)
    UNION ALL
    SELECT part.payer_number, before.claim_month, part.points, part.yen, true
    FROM due
         CROSS JOIN LATERAL (
             SELECT * FROM decision AS kept
             WHERE due.number > 1 AND kept.claim_id = due.claim_id AND kept.number = due.number - 1 LIMIT 1
         ) AS before,
         unnest(before.part_payers, before.part_points, before.part_yen) AS part (payer_number, points, yen)
), written AS (
    INSERT INTO adjudicated_total AS kept (
        payer_number, claim_month, parts, points, yen, replaced_parts, replaced_points, replaced_yen
    )
    SELECT payer_number, claim_month, count(*) FILTER (WHERE NOT replaced),
           coalesce(sum(points) FILTER (WHERE NOT replaced), 0), coalesce(sum(yen) FILTER (WHERE NOT replaced), 0),
           count(*) FILTER (WHERE replaced), coalesce(sum(points) FILTER (WHERE replaced), 0),
           coalesce(sum(yen) FILTER (WHERE replaced), 0)
    FROM part GROUP BY 1, 2
    ON CONFLICT ON CONSTRAINT adjudicated_total_pk DO UPDATE
    SET parts = kept.parts + EXCLUDED.parts, points = kept.points + EXCLUDED.points, yen = kept.yen + EXCLUDED.yen,
        replaced_parts = kept.replaced_parts + EXCLUDED.replaced_parts,
        replaced_points = kept.replaced_points + EXCLUDED.replaced_points,
        replaced_yen = kept.replaced_yen + EXCLUDED.replaced_yen
)
SELECT recorded_xid::text AS recorded_xid, seq FROM due ORDER BY due.recorded_xid DESC, seq DESC LIMIT 1;

-- name: control_totals
-- Count, points and yen of what payers were adjudicated, per payer and claim month; due_ what was until an instant,
-- replaced_ what of it later decisions replaced. What was added up before, which was due then, and the decisions since.
-- LIMIT 1 keeps the look at a replaced decision a look by its key, however large the table.
WITH made AS (
    SELECT made.claim_id, made.number, made.claim_month, made.part_payers, made.part_points, made.part_yen,
           made.decided_at
    FROM (
             SELECT coalesce(
                 (SELECT position FROM sweep_cursor WHERE name = 'claims.adjudicated-total'), '0.0'
             ) AS position
         ) AS folded
         JOIN decision AS made
             ON (made.recorded_xid, made.seq)
                > (split_part(folded.position, '.', 1)::xid8, split_part(folded.position, '.', 2)::bigint)
    WHERE $1::text = '' OR made.claim_month = $1
)
SELECT payer_number, claim_month, sum(parts)::bigint AS parts, sum(points)::bigint AS points, sum(yen)::bigint AS yen,
       sum(replaced_parts)::bigint AS replaced_parts, sum(replaced_points)::bigint AS replaced_points,
       sum(replaced_yen)::bigint AS replaced_yen,
       coalesce(sum(parts) FILTER (WHERE due), 0)::bigint AS due_parts,
       coalesce(sum(points) FILTER (WHERE due), 0)::bigint AS due_points,
       coalesce(sum(yen) FILTER (WHERE due), 0)::bigint AS due_yen,
       coalesce(sum(replaced_parts) FILTER (WHERE due), 0)::bigint AS due_replaced_parts,
       coalesce(sum(replaced_points) FILTER (WHERE due), 0)::bigint AS due_replaced_points,
       coalesce(sum(replaced_yen) FILTER (WHERE due), 0)::bigint AS due_replaced_yen
FROM (
    SELECT payer_number, claim_month, parts, points, yen, replaced_parts, replaced_points, replaced_yen, true AS due
    FROM adjudicated_total WHERE $1::text = '' OR claim_month = $1
    UNION ALL
    SELECT part.payer_number, made.claim_month, 1, part.points, part.yen, 0, 0, 0, made.decided_at <= $2::timestamptz
    FROM made CROSS JOIN unnest(made.part_payers, made.part_points, made.part_yen) AS part (payer_number, points, yen)
    UNION ALL
    SELECT part.payer_number, made.claim_month, 0, 0, 0, 1, part.points, part.yen, made.decided_at <= $2::timestamptz
    FROM made
         CROSS JOIN LATERAL (
             SELECT * FROM decision AS kept
             WHERE made.number > 1 AND kept.claim_id = made.claim_id AND kept.number = made.number - 1 LIMIT 1
         ) AS before
         CROSS JOIN unnest(before.part_payers, before.part_points, before.part_yen) AS part (payer_number, points, yen)
) AS part
GROUP BY payer_number, claim_month
ORDER BY payer_number, claim_month;

-- name: begin_submission
-- Begin a submission set, or find it as it is, locked; one whose upload broke off begins anew.
INSERT INTO submission AS held (submission_id, hospital_code, stage, origin, begun_at) VALUES ($1, $2, 1, $3, $4)
ON CONFLICT ON CONSTRAINT submission_pk DO UPDATE
SET (stage, begun_at) = (
    SELECT CASE WHEN upload.broke_off THEN 1 ELSE held.stage END,
           CASE WHEN upload.broke_off THEN EXCLUDED.begun_at ELSE held.begun_at END
    FROM (SELECT held.stage IN (1, 4) AND held.content_sha256 = '' AS broke_off) AS upload
)
RETURNING stage, content_sha256;

-- name: lock_submission
-- A submission set, locked.
SELECT submission_id, hospital_code, stage, content_sha256, origin FROM submission WHERE submission_id = $1 FOR UPDATE;

-- name: move_submission
-- Move a submission set that is being staged to another stage; no row where it has moved before.
UPDATE submission SET stage = $2, content_sha256 = $3, receipts = $4 WHERE submission_id = $1 AND stage = 1
RETURNING submission_id;

-- name: finish_submission
-- Every receipt of the set has become a claim.
UPDATE submission SET stage = 3 WHERE submission_id = $1 AND stage = 2;

-- name: unfinished_submissions
-- Sets that are being released, oldest first.
SELECT submission_id FROM submission WHERE stage = 2 ORDER BY begun_at LIMIT $1;

-- name: abandoned_submissions
-- Sets whose upload ended without an end before an instant.
SELECT submission_id FROM submission WHERE stage = 1 AND begun_at < $1 ORDER BY begun_at LIMIT $2;

-- name: insert_staged
-- Stage receipts of a set.
INSERT INTO staged_receipt (submission_id, place, agency, claim_month, occurrence, receipt, findings)
SELECT $1, new.place, new.agency, new.claim_month, new.occurrence, new.receipt, new.findings
FROM unnest($2::integer[], $3::smallint[], $4::text[], $5::integer[], $6::bytea[], $7::text[])
     AS new (place, agency, claim_month, occurrence, receipt, findings);

-- name: read_staged
-- The next staged receipts of a set.
SELECT place, agency, claim_month, occurrence, receipt, findings
FROM staged_receipt WHERE submission_id = $1 ORDER BY place LIMIT $2;

-- name: delete_staged
-- These staged receipts have become claims.
DELETE FROM staged_receipt WHERE submission_id = $1 AND place = ANY($2::integer[]);

-- name: delete_all_staged
-- Forget what was staged of a set.
DELETE FROM staged_receipt WHERE submission_id = $1;

-- name: decisions_after
-- Decisions with payers' parts or that replace others, after a position and before an instant, that no slower commit may
-- precede.
SELECT decision_id, claim_id, number, content, traceparent, decided_at, recorded_xid::text AS recorded_xid, seq
FROM decision
WHERE (recorded_xid, seq) > ($1::text::xid8, $2::bigint)
  AND recorded_xid < pg_snapshot_xmin(pg_current_snapshot())
  AND decided_at <= $3 AND (cardinality(part_payers) > 0 OR number > 1)
ORDER BY recorded_xid, seq
LIMIT $4;

-- name: read_cursor
-- How far a sweep has come.
SELECT position FROM sweep_cursor WHERE name = $1;

-- name: save_cursor
-- Remember how far a sweep has come.
INSERT INTO sweep_cursor (name, position) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT sweep_cursor_pk DO UPDATE SET position = EXCLUDED.position, updated_at = now();

-- name: insert_unposted
-- Remember decisions that settlement does not have.
INSERT INTO unposted_decision (claim_id, number, found_at, announce_at, attempts)
SELECT new.claim_id, new.number, $1, $2, 1 FROM unnest($3::text[], $4::integer[]) AS new (claim_id, number)
ON CONFLICT ON CONSTRAINT unposted_decision_pk DO NOTHING;

-- name: due_unposted
-- Remembered decisions whose wait is over, longest first.
SELECT made.decision_id, made.claim_id, made.number, made.content, made.traceparent, made.decided_at, kept.attempts
FROM unposted_decision AS kept JOIN decision AS made USING (claim_id, number)
WHERE kept.announce_at <= $1 ORDER BY kept.announce_at LIMIT $2;

-- name: defer_unposted
-- These were announced again, and wait anew.
UPDATE unposted_decision AS kept SET attempts = kept.attempts + 1, announce_at = new.announce_at
FROM unnest($1::text[], $2::integer[], $3::timestamptz[]) AS new (claim_id, number, announce_at)
WHERE kept.claim_id = new.claim_id AND kept.number = new.number;

-- name: delete_unposted
-- Settlement has these by now.
DELETE FROM unposted_decision AS kept USING unnest($1::text[], $2::integer[]) AS posted (claim_id, number)
WHERE kept.claim_id = posted.claim_id AND kept.number = posted.number;

-- name: overdue_unposted
-- Decisions remembered since before an instant, oldest first.
SELECT made.claim_id, made.decision_id, kept.attempts
FROM unposted_decision AS kept JOIN decision AS made USING (claim_id, number)
WHERE kept.found_at <= $1 ORDER BY kept.found_at LIMIT $2;

-- name: count_unposted
-- How many decisions are remembered, and how many of them since before an instant.
SELECT count(*) FILTER (WHERE found_at > $1) AS waiting, count(*) FILTER (WHERE found_at <= $1) AS overdue
FROM unposted_decision;

-- name: insert_master_file
-- Keep a published master file, once for equal content, day of publication and extent.
INSERT INTO master_file (sha256, name, kind, full_file, published_on, row_count, csv, loaded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT ON CONSTRAINT master_file_pk DO NOTHING;

-- name: master_file
-- A master file that is kept, without its content.
SELECT sha256, name, kind, full_file, published_on, row_count, loaded_at FROM master_file
WHERE sha256 = $1 AND published_on = $2 AND full_file = $3;

-- name: missing_master_files
-- Master files with their content, except those known already.
SELECT sha256, name, kind, full_file, published_on, row_count, csv, loaded_at FROM master_file
WHERE NOT EXISTS (
    SELECT FROM unnest($1::text[], $2::date[], $3::boolean[]) AS known (sha256, published_on, full_file)
    WHERE known.sha256 = master_file.sha256
      AND known.published_on = master_file.published_on
      AND known.full_file = master_file.full_file
)
ORDER BY kind, published_on, sha256, full_file;

-- name: master_files
-- All master files, without their content.
SELECT sha256, name, kind, full_file, published_on, row_count, loaded_at FROM master_file
ORDER BY kind, published_on, sha256, full_file;
