-- name: count_month
-- How many claims a treatment month has.
SELECT count(*) FROM claim WHERE treatment_month = $1;

-- name: page_month
-- The ids of a treatment month's next claims in id order.
SELECT claim_id FROM claim WHERE treatment_month = $1 AND claim_id > $2 ORDER BY claim_id LIMIT $3;

-- name: claims_of_same_persons
-- These claims and all others of their persons, in id order.
SELECT claim_id FROM claim WHERE claim_id = ANY($1::text[])
UNION
SELECT beside.claim_id FROM claim AS one JOIN claim AS beside USING (person) WHERE one.claim_id = ANY($1::text[])
ORDER BY claim_id;

-- name: past_claims
-- Claims in the order in which they came, each with its receipt, its latest decision, the latest covers kept with one, and
-- all revisions of the codes that were attached, with the one that the decision saw.
SELECT claim.claim_id, claim.person, claim.hospital_code, claim.claim_month, claim.receipt, made.content, made.cause,
       known.covers,
       ARRAY(SELECT coding.codings FROM claim_coding AS coding
             WHERE coding.claim_id = claim.claim_id ORDER BY coding.revision) AS revisions,
       CASE WHEN made.coded_at IS NOT NULL THEN coalesce(made.coding_revision, 0) END AS saw,
       EXISTS (SELECT FROM open_review AS review WHERE review.claim_id = claim.claim_id) AS under_review,
       EXISTS (SELECT FROM resubmission AS again WHERE again.returned_claim_id = claim.claim_id) AS resubmitted
FROM claim
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = claim.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN LATERAL (
         SELECT kept.covers FROM decision AS kept
         WHERE kept.claim_id = claim.claim_id AND kept.covers IS NOT NULL
         ORDER BY kept.number DESC LIMIT 1
     ) AS known ON true
WHERE claim.claim_id = ANY($1::text[])
ORDER BY claim.recorded_xid, claim.seq;
