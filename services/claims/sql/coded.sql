-- name: coded_claims
-- Lines whose code in force is a disease code that was found, after a place, with their claims' latest decisions, what that
-- saw, and all revisions. `given` is the first revision since which the line has the code by its route; where that was given
-- since an instant, so was the one in force. The page is found first, so that only its lines are joined.
WITH page AS MATERIALIZED (
    SELECT found.claim_id, found.line, given.revision AS given
    FROM found_code AS found
         CROSS JOIN LATERAL (
             SELECT max(kept.revision) AS revision FROM claim_coding AS kept WHERE kept.claim_id = found.claim_id
         ) AS in_force
         CROSS JOIN LATERAL (
             SELECT same.revision, same.completed_at FROM found_code AS same
             WHERE same.disease_code = found.disease_code AND same.claim_id = found.claim_id AND same.line = found.line
               AND same.route = found.route
               AND NOT EXISTS (
                   SELECT FROM claim_coding AS since_then
                   WHERE since_then.claim_id = found.claim_id AND since_then.revision > same.revision
                     AND NOT EXISTS (
                         SELECT FROM found_code AS also
                         WHERE also.disease_code = found.disease_code AND also.claim_id = found.claim_id
                           AND also.line = found.line AND also.revision = since_then.revision
                           AND also.route = found.route))
             ORDER BY same.revision LIMIT 1
         ) AS given
    WHERE found.disease_code = $1 AND (found.claim_id, found.line) > ($2, $3::integer)
      AND ($4::smallint = 0 OR found.route = $4)
      AND ($5::timestamptz IS NULL OR found.completed_at >= $5 AND given.completed_at >= $5)
      AND found.revision = in_force.revision
    ORDER BY found.claim_id, found.line
    LIMIT $6
)
SELECT page.claim_id, page.line, page.given, claim.hospital_code, claim.claim_month, claim.treatment_month,
       claim.receipt, made.content, made.decided_at, made.billed_points, made.reduced_yen,
       CASE WHEN review.claim_id IS NULL THEN made.outcome ELSE 9 END AS outcome, seen.codings,
       answers.revisions, answers.lates,
       ARRAY(SELECT late.decision_id FROM decision AS late
             WHERE late.claim_id = page.claim_id AND late.cause = 6 AND coalesce(late.coding_revision, 0) >= page.given
             ORDER BY late.number) AS late_decisions
FROM page
     JOIN claim ON claim.claim_id = page.claim_id
     CROSS JOIN LATERAL (
         SELECT array_agg(kept.codings ORDER BY kept.revision) AS revisions,
                array_agg(kept.late ORDER BY kept.revision) AS lates
         FROM claim_coding AS kept WHERE kept.claim_id = page.claim_id
     ) AS answers
     LEFT JOIN LATERAL (
         SELECT * FROM decision AS kept WHERE kept.claim_id = page.claim_id ORDER BY kept.number DESC LIMIT 1
     ) AS made ON true
     LEFT JOIN open_review AS review ON review.claim_id = page.claim_id
     LEFT JOIN LATERAL (
         SELECT kept.codings FROM claim_coding AS kept
         WHERE kept.claim_id = page.claim_id AND made.coded_at IS NOT NULL
           AND kept.revision = coalesce(made.coding_revision, 0)
         LIMIT 1
     ) AS seen ON true
ORDER BY page.claim_id, page.line;
