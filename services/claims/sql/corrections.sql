-- name: stand
-- Claims in id order, with their latest decisions, open reviews and resubmissions.
SELECT claim.claim_id, claim.hospital_code, claim.claim_month, claim.treatment_month, claim.receipt_kind,
       claim.traceparent, claim.origin, claim.received_at, made.number, made.decision_id, made.outcome, made.content,
       made.determined_at, made.coded_at, made.covers,
       CASE WHEN made.coded_at IS NOT NULL THEN coalesce(made.coding_revision, 0) END AS coding_revision, review.cause,
       again.claim_id AS resubmitted_as, report.side,
       (SELECT count(*) FROM correction AS step WHERE step.claim_id = claim.claim_id) AS corrections
FROM claim
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN open_review AS review ON review.claim_id = claim.claim_id
     LEFT JOIN open_error AS report ON report.claim_id = claim.claim_id
     LEFT JOIN resubmission AS again ON again.returned_claim_id = claim.claim_id
WHERE claim.claim_id = ANY($1::text[])
ORDER BY claim.claim_id;

-- name: insert_correction
-- Keep a step.
INSERT INTO correction (claim_id, place, kind, state, hospital_code, asked_by, reason, other_claim_id, decision_id, at,
                        reference)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: insert_correction_note
-- Keep what a person wrote to a step.
INSERT INTO correction_note (claim_id, place, note) VALUES ($1, $2, $3);

-- name: open_review
-- A review was asked for.
INSERT INTO open_review (claim_id, cause, asked_at) VALUES ($1, $2, $3);

-- name: close_review
-- A review is decided.
DELETE FROM open_review WHERE claim_id = $1;

-- name: open_error
-- An error was reported by one side.
INSERT INTO open_error (claim_id, side, reason, reported_at) VALUES ($1, $2, $3, $4);

-- name: close_error
-- It is answered.
DELETE FROM open_error WHERE claim_id = $1;

-- name: open_errors
-- Reported errors that wait for an answer, in the order of their claims' ids after one: of a hospital's claims, of those
-- that a payer bears by their latest decision, or of all where both are empty. None of a claim that pays no longer.
SELECT report.claim_id, claim.hospital_code, claim.claim_month, report.side, report.reason, report.reported_at
FROM open_error AS report
     JOIN claim USING (claim_id)
     JOIN LATERAL (
         SELECT kept.part_payers FROM decision AS kept
         WHERE kept.claim_id = report.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON cardinality(made.part_payers) > 0
WHERE report.claim_id > $1 AND ($2::text = '' OR claim.hospital_code = $2)
  AND ($3::text = '' OR $3 = ANY(made.part_payers))
ORDER BY report.claim_id
LIMIT $4;

-- name: link_resubmission
-- Tie a claim to the one that went back; a row only where neither was tied before.
INSERT INTO resubmission (claim_id, returned_claim_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
RETURNING claim_id;

-- name: decisions_of
-- Every decision on a claim in the order of their numbers.
SELECT content, determined_at, coded_at FROM decision WHERE claim_id = $1 ORDER BY number;

-- name: corrections_of
-- Every step of a claim's corrections in their order.
SELECT step.kind, step.asked_by, step.reason, step.other_claim_id, step.decision_id, step.at, step.reference,
       said.note
FROM correction AS step LEFT JOIN correction_note AS said USING (claim_id, place)
WHERE step.claim_id = $1
ORDER BY step.place;

-- name: resubmission_of
-- The claim that this one submits again.
SELECT returned_claim_id FROM resubmission WHERE claim_id = $1;
