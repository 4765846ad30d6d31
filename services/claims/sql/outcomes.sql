-- name: hospital_outcomes
-- A hospital's claims of a month at an agency whose last decision has one outcome, in the order of receipt numbers.
SELECT claim.claim_id
FROM claim
     JOIN LATERAL (
         SELECT kept.outcome FROM decision AS kept
         WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON made.outcome = $4
WHERE claim.hospital_code = $1 AND claim.agency = $2 AND claim.claim_month = $3
ORDER BY claim.receipt_number, claim.claim_id;

-- name: outcome_rows
-- Claims with their receipts and last decisions, in the order of receipt numbers; none whose outcome changed meanwhile.
SELECT claim.claim_id, claim.receipt, made.content, made.decided_at, made.billed_points, made.reduced_yen,
       coding.codings, step.reason AS why, said.note
FROM claim
     JOIN LATERAL (
         SELECT kept.decision_id, kept.outcome, kept.content, kept.decided_at, kept.billed_points, kept.reduced_yen,
                kept.coded_at, kept.coding_revision
         FROM decision AS kept
         WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON made.outcome = $2
     LEFT JOIN claim_coding AS coding ON coding.claim_id = claim.claim_id AND made.coded_at IS NOT NULL
         AND coding.revision = coalesce(made.coding_revision, 0)
     LEFT JOIN correction AS step ON step.claim_id = claim.claim_id AND step.decision_id = made.decision_id
     LEFT JOIN correction_note AS said ON said.claim_id = step.claim_id AND said.place = step.place
WHERE claim.claim_id = ANY($1::text[])
ORDER BY claim.receipt_number, claim.claim_id;

-- name: explained_decision
-- The receipt of a claim, what eligibility answered for one of its decisions, and the codes that the decision saw.
SELECT claim.receipt, made.covers, coding.codings
FROM claim
     JOIN decision AS made USING (claim_id)
     LEFT JOIN claim_coding AS coding ON coding.claim_id = claim.claim_id AND made.coded_at IS NOT NULL
         AND coding.revision = coalesce(made.coding_revision, 0)
WHERE claim.claim_id = $1 AND made.decision_id = $2;
